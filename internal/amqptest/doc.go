// Package amqptest holds what Hadron's tests talk to: a scripted AMQP 1.0 peer,
// a TCP proxy that breaks connections at a chosen byte, and certificates made
// on the spot.
//
// The peer has a codec of its own, written from the specification and sharing
// nothing with internal/wire. That is its point: when a test passes, two
// readings of the specification agree on the bytes. So this codec favours being
// plain over being fast, checks what it reads against the tables of the
// specification (types, mandatory fields, field counts), and can write the
// encodings that a compact encoder never would ([Frame.Wide]).
//
// A frame is a literal, and a test is a conversation:
//
//	p := amqptest.NewPeer(t, conn)
//	p.ExpectHeader(amqptest.HeaderAMQP)
//	p.SendHeader(amqptest.HeaderAMQP)
//	p.Expect("the client opens", amqptest.F(0, "open", amqptest.M{"container-id": "c1"}))
//	p.Send(amqptest.F(0, "open", amqptest.M{"container-id": "peer"}))
//
// Tests of code without IO use the same frames on plain bytes, through
// [Frame.Bytes], [Bytes], [Parse] and [Matches].
//
// What does not live here: anything that a program links. Only tests import
// this package, and it imports no other room of Hadron.
package amqptest
