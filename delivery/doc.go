// Package delivery is what becomes of one message on one link: the outcome that a receiver gives it, and the outcome that
// a sender learns of.
//
// What lives here: [Delivery], its five outcomes, and the values that AMQP has and go-amqp has no name for. What does not: sending and
// receiving (see sender and receiver), and the callbacks that tell of outcomes (see handler).
package delivery
