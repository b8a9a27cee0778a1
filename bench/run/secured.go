package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hadron-mq/hadron/bench/process"
)

// wireBytes is about what a message of the usual size takes on the wire, and writeBytes what is written at a time in its place.
const (
	wireBytes  = 145
	writeBytes = 16 << 10
)

// security pumps messages over TLS, and as many bytes over TLS alone.
func (b *bench) security() {
	files, err := certificate(b.programs.dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "run: without TLS:", err)
		return
	}
	arrow, c, count := b.programs.arrow, b.programs.protonC, b.plan.count
	add := func(key, name string, from, to process.End) {
		b.secured = append(b.secured, b.pump(key, name, from, to, count, usual, credit, false))
	}
	bare := func(key, name string, flags ...string) {
		raw := func(role string) process.End { return plain(b.programs.raw, role, flags...) }
		b.secured = append(b.secured, &row{key: key, name: name, run: func() (figure, error) {
			f, err := b.pair(raw("receive"), raw("send"), true, max(count*wireBytes/writeBytes, 1), writeBytes)
			share := wireBytes / float64(writeBytes) // of a write, for a message
			return figure{Rate: f.Rate / share, listener: f.listener * share, connects: f.connects * share}, err
		}})
	}
	add("hadron", "Hadron -> Hadron, TLS", hadron(arrow, "send", "-tls", files), hadron(arrow, "receive", "-tls", files))
	if c != nil {
		add("c", "Proton C -> Proton C, TLS", c.Arrow("send", "-tls", files), c.Arrow("receive", "-tls", files))
	}
	add("clear", "Hadron -> Hadron, in the clear", hadron(arrow, "send"), hadron(arrow, "receive"))
	bare("bare TLS", "as many bytes by crypto/tls alone", "-tls", files)
	bare("bare", "as many bytes by a bare socket")
	add("tuned", "Hadron -> Hadron, TLS, tuned", hadronTuned(arrow, "send", "-tls", files), hadronTuned(arrow, "receive", "-tls", files))
	fmt.Printf(" accepted one by one, messages/s\n")
	b.interleave(b.plan.rounds, b.secured...)
}

// costOfTLS is what a message over TLS costs both ends, against what it costs in the clear and what crypto/tls adds to a bare socket for as many bytes.
func (r *results) costOfTLS() float64 {
	cpu := func(key string) float64 { return r.secured.of(key).median(bothCPU) }
	return cpu("hadron") / (cpu("clear") + cpu("bare TLS") - cpu("bare"))
}

// certificate writes a certificate for the loopback and its key, and returns the files' names with a comma between.
func certificate(dir string) (string, error) {
	c, err := process.Certificate()
	if err != nil {
		return "", err
	}
	private, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		return "", err
	}
	names := [2]string{filepath.Join(dir, "certificate.pem"), filepath.Join(dir, "key.pem")}
	for i, block := range []*pem.Block{{Type: "CERTIFICATE", Bytes: c.Certificate[0]}, {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(names[i], pem.EncodeToMemory(block), 0o600); err != nil {
			return "", err
		}
	}
	return names[0] + "," + names[1], nil
}
