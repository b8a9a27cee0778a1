// Package artemis runs the real ActiveMQ Artemis for the interoperability tests: it fetches the broker's own
// distribution with Maven, writes an instance into a temporary folder, starts it on free loopback ports, waits until it
// answers an AMQP open, and ends it by its process id when the test ends.
//
// [Start] gives one [Broker], [StartPair] a live and a backup broker over one shared store. Both skip the test where
// Java or Maven is missing, and fail it there when HADRON_REQUIRE_PEERS=1. The instance's files are in etc, as
// templates; the journal is on disk, so a broker that was killed and started again has its durable messages.
//
// The harness talks to the broker with go-amqp, never with Hadron: it must not depend on what it helps to test. The
// suite that runs Hadron against the broker does not live here.
package artemis
