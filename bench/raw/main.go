// Command raw moves bytes one way over a TCP socket, with nothing between but TLS where that is asked for: what a loopback can carry, and what TLS
// costs, for arrow to be compared with.
//
//	raw [-tls CERT,KEY] send|receive connect|listen HOST PORT COUNT BODY_BYTES
//
// It sends COUNT writes of BODY_BYTES each, and receives into a buffer of as many. The last line that it prints is JSON, in which the rate is
// writes a second; the clock runs from the first byte to the last:
//
//	{"peer":"raw","role":"receive","count":100000,"seconds":1.0000,"rate":100000}
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	certificate := flag.String("tls", "", "PEM files: `CERT,KEY`")
	flag.Parse()
	if err := run(flag.Args(), *certificate, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "raw:", err)
		os.Exit(1)
	}
}

func run(args []string, certificate string, figure io.Writer) error {
	if len(args) != 6 || args[0] != "send" && args[0] != "receive" {
		return fmt.Errorf("usage: raw [-tls CERT,KEY] send|receive connect|listen HOST PORT COUNT BODY_BYTES")
	}
	count, err := strconv.Atoi(args[4])
	if err != nil || count < 1 {
		return fmt.Errorf("COUNT %q is not a number of at least 1", args[4])
	}
	body, err := strconv.Atoi(args[5])
	if err != nil || body < 1 {
		return fmt.Errorf("BODY_BYTES %q is not a number of at least 1", args[5])
	}
	conn, err := open(args[1], net.JoinHostPort(args[2], args[3]))
	if err == nil && certificate != "" {
		conn, err = secure(conn, args[1] == "listen", certificate)
	}
	if err != nil {
		return err
	}
	defer conn.Close()
	move := receive
	if args[0] == "send" {
		move = send
	}
	took, err := move(conn, count, body)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(figure, "{\"peer\":\"raw\",\"role\":%q,\"count\":%d,\"seconds\":%.4f,\"rate\":%.0f}\n",
		args[0], count, took.Seconds(), float64(count)/took.Seconds())
	return err
}

// open makes the one connection that there is.
func open(side, hostPort string) (net.Conn, error) {
	switch side {
	case "connect":
		return net.Dial("tcp", hostPort)
	case "listen":
		l, err := net.Listen("tcp", hostPort)
		if err != nil {
			return nil, err
		}
		defer l.Close()
		return l.Accept()
	}
	return nil, fmt.Errorf("side %q is neither connect nor listen", side)
}

// secure puts TLS on a connection. The client trusts whoever it has dialled.
func secure(conn net.Conn, listening bool, certificate string) (net.Conn, error) {
	if !listening {
		return tls.Client(conn, &tls.Config{InsecureSkipVerify: true}), nil // a loopback, to measure by
	}
	cert, key, _ := strings.Cut(certificate, ",")
	pair, err := tls.LoadX509KeyPair(cert, key)
	return tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{pair}}), err
}

func send(conn net.Conn, count, body int) (time.Duration, error) {
	buffer := make([]byte, body)
	began := time.Now()
	for range count {
		if _, err := conn.Write(buffer); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

func receive(conn net.Conn, count, body int) (time.Duration, error) {
	buffer := make([]byte, body)
	var began time.Time
	for left := count * body; left > 0; {
		n, err := conn.Read(buffer)
		if began.IsZero() {
			began = time.Now()
		}
		if left -= n; err != nil && left > 0 {
			return 0, fmt.Errorf("with %d bytes left: %w", left, err)
		}
	}
	return time.Since(began), nil
}
