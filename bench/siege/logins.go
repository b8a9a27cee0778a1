package main

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"time"
)

// loginAttacks are about SASL.
var loginAttacks = []attack{
	{name: "wrong-logins", what: "tries 190 passwords a second", victim: aLogin, run: func(a *attacker) error {
		a.attacking()
		for range time.Tick(time.Second / 190) {
			go a.guess()
		}
		return nil
	}},
	{name: "many-wrong-logins", what: "tries passwords as fast as it can, from 64 sockets at a time", victim: aLogin, run: func(a *attacker) error {
		a.attacking()
		return a.many(64, func(int) error {
			for {
				a.guess()
				time.Sleep(time.Millisecond)
			}
		})
	}},
	{name: "scram-rounds", what: "has a client that logs in hash its password 1,000,000 times", victim: aContainer, run: scramRounds},
}

// guess tries one password.
func (a *attacker) guess() {
	p, err := a.connect()
	if err != nil {
		return
	}
	defer p.close()
	guess := composite(codeInit, at{0: symbol("PLAIN"), 1: data([]byte("\x00" + user + "\x00guess"))})
	p.write([]byte(headerSASL), saslFrame(guess))
	if p.await("the outcome", func() bool { return p.seen[codeOutcome] > 0 }) == nil {
		a.note("login refused")
	}
}

// scramRounds is a server that clients should not have been sent to.
func scramRounds(a *attacker) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("%samqp://%s:%s@%s\n", sayDial, user, strings.ReplaceAll(password, " ", ""), l.Addr())
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go a.challenge(a.counted(conn))
	}
}

// challenge asks one client for a lot of work.
func (a *attacker) challenge(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	mechanisms := saslFrame(composite(codeMechanisms, at{0: symbol("SCRAM-SHA-256")}))
	if _, err := conn.Write(joined([]byte(headerSASL), mechanisms)); err != nil {
		return
	}
	for {
		said, err := readAnswer(in)
		if err != nil {
			a.note("socket closed")
			return
		}
		if said.code != codeInit {
			continue
		}
		first, _ := said.field(1).(string) // n,,n=good,r=...
		_, nonce, _ := strings.Cut(first, "r=")
		salt := fmt.Sprintf("%016d", time.Now().UnixNano()/1000)
		words := fmt.Sprintf("r=%sx,s=%s,i=1000000", nonce, salt)
		a.attacking()
		if _, err := conn.Write(saslFrame(composite(codeChallenge, at{0: data([]byte(words))}))); err != nil {
			return
		}
		if said, err = readAnswer(in); err != nil {
			a.note("socket closed")
			return
		}
		a.note(fmt.Sprintf("SASL frame %#x", said.code))
		return
	}
}
