// Package proton holds Hadron against Qpid Proton and its kin, as they are installed on the machine: Proton C++, whose SASL is Cyrus
// SASL, Proton Python, and rhea.
//
// Each runs as a small program of testdata: a broker in memory (listener.cpp) that Hadron logs in at, sends to and receives from, and
// three clients with the same arguments (client.cpp, client.py, client.js) that do so with Hadron's broker. The C++ programs are built by
// the tests. Whatever is missing skips what needs it, saying so.
//
// There is nothing here but tests.
package proton
