// Package handler is what an application implements: a [MessagingHandler], whose methods a container calls as things happen.
//
// What lives here: the handler interface, [Base] to embed, [Funcs] for the small case, the [Event] that each call gets, and the
// [Container] as handlers see it. What does not: the loop that makes the calls (see container).
//
// Handlers may be set for a container, for a connection (ForConnection) and for a link (ForSender, ForReceiver). The nearest one
// that takes an event gets it. Every method takes its event, but those of Base, which pass it on; so does a method that calls Event.Pass.
package handler
