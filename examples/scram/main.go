// Command scram logs in by name and password without ever showing the password, as both ends or as one of them.
//
//	scram                                       both ends, with a user made on the spot
//	scram -add NAME -users FILE                 adds a user to the file: the password is read from the standard input
//	scram -listen -a URL -users FILE            listens, and prints the messages of those who log in
//	scram -a amqp://NAME:PASSWORD@HOST/ADDRESS  logs in and sends a message
//
// The file has a line for each user, with a verifier in place of the password.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"

	"github.com/hadron-mq/hadron/container"
)

func main() {
	add := flag.String("add", "", "add the user `NAME`, and do no more")
	file := flag.String("users", "", "where users are kept: `FILE`")
	listening := flag.Bool("listen", false, "be the end that listens")
	at := flag.String("a", "", "where to listen, or where to send, as `URL/ADDRESS`; empty is both ends at a free port")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch {
	case *add != "":
		err = addUser(*file, *add, os.Stdin)
	case *listening:
		err = serve(ctx, *at, *file)
	case *at == "":
		err = both(ctx)
	default:
		err = send(ctx, *at)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// addUser reads a password and keeps what it takes to verify it.
func addUser(file, name string, stdin io.Reader) error {
	password, err := bufio.NewReader(stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	password = strings.TrimRight(password, "\r\n")
	if file == "" || password == "" {
		return errors.New("scram: -add needs -users and a password on the standard input")
	}
	known, err := readUsers(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := known.add(name, password); err != nil {
		return err
	}
	return known.write(file)
}

// serve is the end that listens.
func serve(ctx context.Context, at, file string) error {
	if at == "" || file == "" {
		return errors.New("scram: -listen needs -a and -users")
	}
	known, err := readUsers(file)
	if err != nil {
		return err
	}
	s := &server{url: at, users: known, listening: func(addr string) { fmt.Println("listening at amqp://" + addr) }}
	if err := container.New(s).Run(ctx); err != nil {
		return err
	}
	return s.err
}

// both is both ends: the one that listens, and once it does, the other.
func both(ctx context.Context) error {
	known := make(users)
	if err := known.add("alice", "wonderland"); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sent := make(chan error, 1)
	s := &server{url: "127.0.0.1:0", users: known, listening: func(addr string) {
		go func() {
			sent <- send(ctx, "amqp://alice:wonderland@"+addr+"/examples")
			cancel() // the listener has no more to do
		}()
	}}
	if err := container.New(s).Run(ctx); err != nil {
		return err
	}
	if s.err != nil {
		return s.err
	}
	return <-sent
}
