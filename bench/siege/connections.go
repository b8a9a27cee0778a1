package main

import (
	"math"
	"net"
	"time"
)

// connectionAttacks are about connections: their number, and what comes before they are open.
var connectionAttacks = []attack{
	{name: "heartbeats", what: "asks for a heartbeat each millisecond on 1,000 connections", victim: aBroker, run: func(a *attacker) error {
		return a.idlers(1_000, manner{open: at{4: number(1)}})
	}},
	{name: "slow-heartbeats", what: "asks for a heartbeat each 50 ms on 1,000 connections", victim: aBroker, run: func(a *attacker) error {
		return a.idlers(1_000, manner{open: at{4: number(100)}})
	}},
	{name: "tls-handshakes", what: "makes 1,100 sockets and begins no TLS on them", victim: aTLS, run: func(a *attacker) error { return a.silent(1_100, "") }},
	{name: "tls-half", what: "begins TLS on 1,100 sockets, and does not go on", victim: aTLS, run: func(a *attacker) error {
		return a.silent(1_100, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
	}},
	{name: "websocket-handshakes", what: "asks for a WebSocket on 1,100 sockets in part", victim: aWebSocket, run: func(a *attacker) error {
		return a.silent(1_100, "GET / HTTP/1.1\r\nHost: ")
	}},
	{name: "open-maps", what: "opens 300 connections with 110 KB of properties each", victim: aBroker, run: func(a *attacker) error {
		a.attacking()
		return a.many(a.size(300), func(int) error {
			return a.again(manner{open: at{9: mapping(symbol("x"), emptyLists(a.fitting(60_000)), symbol("y"), manyNested(a.fitting(50<<10)))}}, func(p *peer) error {
				return p.await("nothing more", func() bool { return false })
			})
		})
	}},
	{name: "after-close", what: "breaks the protocol, and goes on writing when its connection is closed for that", victim: aBroker, run: afterClose},
	{name: "silent-sockets", what: "makes 5,000 sockets and says nothing", victim: aBroker, run: func(a *attacker) error { return a.silent(5_000, "") }},
	{name: "half-open", what: "makes 5,000 sockets, and sends half a frame of 100 KB on each", victim: aBroker, run: func(a *attacker) error {
		return a.silent(5_000, headerAMQP+"\x00\x01\x80\x00\x02\x00\x00\x00"+string(make([]byte, 48<<10)))
	}},
	{name: "slow-frames", what: "sends frames of 100 KB byte by byte on 500 sockets", victim: aBroker, run: func(a *attacker) error {
		a.attacking()
		return a.many(a.size(500), func(int) error {
			return a.again(manner{}, func(p *peer) error {
				_, err := p.conn.Write([]byte("\x00\x01\x80\x00\x02\x00\x00\x00"))
				for err == nil {
					time.Sleep(10 * time.Millisecond)
					_, err = p.conn.Write([]byte{0})
				}
				return errGone
			})
		})
	}},
	{name: "idle-connections", what: "opens 5,000 connections with a session each", victim: aBroker, run: func(a *attacker) error {
		return a.idlers(5_000, manner{})
	}},
	{name: "single-bytes", what: "sends empty frames in packets of a byte, on 4 connections", victim: aBroker, run: func(a *attacker) error {
		return a.many(4, func(int) error {
			return a.again(manner{}, func(p *peer) error {
				a.attacking()
				for i := 0; ; i++ {
					if _, err := p.conn.Write([]byte{0, 0, 0, 8, 2, 0, 0, 0}[i%8 : i%8+1]); err != nil {
						return errGone
					}
				}
			})
		})
	}},
}

func afterClose(a *attacker) error {
	return a.many(4, func(int) error {
		for {
			conn, err := a.dial()
			if err != nil {
				time.Sleep(time.Millisecond)
				continue
			}
			a.attacking()
			frames := joined([]byte(headerAMQP), open(nil), begin(0, nil), begin(0, nil))
			for rest := make([]byte, 64<<10); err == nil; frames = rest {
				_, err = conn.Write(frames)
			}
			a.note("socket closed")
			_ = conn.Close()
		}
	})
}

// idlers opens connections, and leaves them at that.
func (a *attacker) idlers(n int, m manner) error {
	err := a.many(a.size(n), func(int) error {
		if p, err := a.open(m); err == nil {
			a.keep(p)
		} else {
			a.note("given up: " + err.Error())
		}
		return nil
	})
	a.attacking()
	return err
}

// silent makes sockets that say no more than their first words.
func (a *attacker) silent(n int, words string) error {
	n = a.size(n)
	conns := make(chan net.Conn, n)
	const atOnce = 16
	err := a.many(atOnce, func(i int) error {
		for range (n + atOnce - 1 - i) / atOnce {
			conn, err := a.dial()
			if err != nil { // a victim that takes no more
				continue
			}
			conns <- conn
			if _, err := conn.Write([]byte(words)); err != nil {
				a.note("socket closed")
				continue
			}
			go func() {
				if _, err := conn.Read(make([]byte, 1)); err != nil {
					a.note("socket closed")
				}
			}()
		}
		return nil
	})
	a.attacking()
	time.Sleep(math.MaxInt64) // for as long as the attack goes on, the sockets are there
	return err
}
