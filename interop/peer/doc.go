// Package peer is what the tests against real peers share: [Program] finds the programs of a peer, [Start] runs one and reads what it
// says, [FreePort] finds it a port, and [StartKDC] runs an MIT Kerberos realm on loopback.
//
// Whatever is missing on a machine skips the test, which says what it is and how it is had; with HADRON_REQUIRE_PEERS=1 that is a
// failure ([Missing]). Whatever was started is ended by its process id, with the test that started it.
//
// What does not live here: anything of one peer alone, and anything of Hadron. Only tests import this package.
package peer
