package handler

import (
	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/internal/settings"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// ForConnection sets a connection's own handler, or that of all connections of a listener: it is offered their events before the container's.
func ForConnection(h MessagingHandler) connection.Option {
	return func(o *settings.Connection) {
		if h == nil {
			o.Refuse("handler.ForConnection", "the handler is nil")
		}
		o.Handler = h
	}
}

// ForSender sets a sender's own handler: it is offered the sender's events before the connection's.
func ForSender(h MessagingHandler) sender.Option { return forLink("handler.ForSender", h) }

// ForReceiver sets a receiver's own handler: it is offered the receiver's events before the connection's.
func ForReceiver(h MessagingHandler) receiver.Option { return forLink("handler.ForReceiver", h) }

func forLink(option string, h MessagingHandler) func(*settings.Link) {
	return func(o *settings.Link) {
		if h == nil {
			o.Refuse(option, "the handler is nil")
		}
		o.Config.Handler = h
	}
}
