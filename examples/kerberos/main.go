// Command kerberos logs in at a broker by Kerberos, sends one message and receives it back.
//
//	kerberos [-a URL/ADDRESS] [-config FILE] [-host NAME] [-cache FILE | -principal NAME -keytab FILE]
//
// Without flags it uses the ticket that kinit got. What the broker is called in Kerberos is amqp/HOST: -host says HOST where the broker
// is dialled by another name.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sasl/gssapi"
)

type client struct {
	handler.Base
	url, address string
	kerberos     []gssapi.Option
	received     bool
	err          error
}

// OnStart connects with Kerberos among the ways to log in, and allows no other. A new ticket for the broker is asked for each time
// that the connection is made again.
func (c *client) OnStart(e *handler.Event) {
	conn, err := e.Container().Connect(c.url,
		connection.Mechanisms(gssapi.New(c.kerberos...)), connection.AllowedMechs("GSSAPI"))
	if err == nil {
		_, err = e.Container().CreateReceiver(conn, c.address)
	}
	if err == nil {
		_, err = e.Container().CreateSender(conn, c.address)
	}
	if err != nil {
		c.err = err
		e.Container().Stop()
	}
}

// OnConnectionOpened comes after the login, in which each end has proved to the other who it is.
func (c *client) OnConnectionOpened(e *handler.Event) {
	fmt.Println("logged in by", e.Connection().Mechanism())
}

// OnSendable sends the message.
func (c *client) OnSendable(e *handler.Event) {
	if _, err := e.Sender().Send(amqp.NewMessage([]byte("Hello Kerberos!"))); err != nil {
		c.err = err
		e.Container().Stop()
		return
	}
	e.Sender().Close()
}

// OnMessage has it back.
func (c *client) OnMessage(e *handler.Event) {
	fmt.Println(string(e.Message().GetData()))
	c.received = true
	e.Container().Stop()
}

// OnLinkError comes when the broker refuses the address, as one that this user may not use. Run returns the
// error.
func (c *client) OnLinkError(e *handler.Event) {
	e.Container().Stop()
}

func main() {
	at := flag.String("a", "amqp://127.0.0.1/examples", "the broker and the address on it, as `URL/ADDRESS`")
	config := flag.String("config", "", "the configuration of Kerberos: `FILE`; empty is $KRB5_CONFIG or /etc/krb5.conf")
	host := flag.String("host", "", "the broker's `NAME` in Kerberos; empty is that of the URL")
	cache := flag.String("cache", "", "the credential cache: `FILE`; empty is $KRB5CCNAME or where kinit has it")
	principal := flag.String("principal", "", "log in as `NAME` by its key, in place of a ticket")
	keytab := flag.String("keytab", "", "where that key is: `FILE`")
	flag.Parse()
	var opts []gssapi.Option
	for value, option := range map[*string]func(string) gssapi.Option{config: gssapi.Config, host: gssapi.Host, cache: gssapi.CredentialCache} {
		if *value != "" {
			opts = append(opts, option(*value))
		}
	}
	switch {
	case (*principal == "") != (*keytab == ""):
		log.Fatal("kerberos: -principal and -keytab go together")
	case *keytab != "":
		opts = append(opts, gssapi.Keytab(*principal, *keytab))
	}
	if err := run(*at, opts); err != nil {
		log.Fatal(err)
	}
}

func run(at string, opts []gssapi.Option) error {
	u, err := connection.ParseURL(at)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c := &client{url: at, address: u.Address, kerberos: opts}
	if err := container.New(c).Run(ctx); err != nil {
		return err
	}
	if c.err == nil && !c.received {
		return errors.New("kerberos: ended before the message came back")
	}
	return c.err
}
