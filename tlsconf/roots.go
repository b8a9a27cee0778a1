package tlsconf

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"sync"

	"software.sslmate.com/src/go-pkcs12"
)

// roots are the certificates of one source.
type roots struct{ certificates []*x509.Certificate }

func rootsFile(path string) source[*roots] {
	return source[*roots]{[]string{path}, func() (*roots, error) {
		b, err := readFile(path)
		if err != nil {
			return nil, err
		}
		return parseRoots(b)
	}}
}

func rootsPKCS12(path, password string) source[*roots] {
	return source[*roots]{[]string{path}, func() (*roots, error) {
		b, err := readFile(path)
		if err != nil {
			return nil, err
		}
		certificates, err := pkcs12.DecodeTrustStore(b, password)
		if err == nil && len(certificates) == 0 {
			err = errors.New("no certificate in it")
		}
		return &roots{certificates}, err
	}}
}

// parseRoots takes every certificate of a PEM bundle, and one that is malformed
// for an error, where crypto/x509 would leave it out.
func parseRoots(b []byte) (*roots, error) {
	r := &roots{}
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", len(r.certificates)+1, err)
		}
		r.certificates = append(r.certificates, c)
	}
	if len(r.certificates) == 0 {
		return nil, errors.New("no PEM certificate in it")
	}
	return r, nil
}

// rootSet is all roots of a configuration.
type rootSet struct {
	sources []*watched[*roots]

	mu   sync.Mutex
	used []*roots
	pool *x509.CertPool
}

func openRoots(s *settings) (*rootSet, error) {
	set := &rootSet{}
	for _, src := range s.roots {
		w, err := open(src, s.logger)
		if err != nil {
			return nil, err
		}
		set.sources = append(set.sources, w)
	}
	return set, nil
}

// current is the pool of what the files hold now, the same one for as long as
// they do not change.
func (s *rootSet) current() *x509.CertPool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := make([]*roots, len(s.sources))
	for i, w := range s.sources {
		now[i] = w.get()
	}
	if slices.Equal(now, s.used) {
		return s.pool
	}
	s.used, s.pool = now, x509.NewCertPool()
	for _, r := range now {
		for _, c := range r.certificates {
			s.pool.AddCert(c)
		}
	}
	return s.pool
}
