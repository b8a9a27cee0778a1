package tlsconf

import (
	"crypto/tls"

	"software.sslmate.com/src/go-pkcs12"
)

func identityFiles(cert, key string) source[*tls.Certificate] {
	return source[*tls.Certificate]{[]string{cert, key}, func() (*tls.Certificate, error) {
		certPEM, err := readFile(cert)
		if err != nil {
			return nil, err
		}
		keyPEM, err := readFile(key)
		if err != nil {
			return nil, err
		}
		c, err := tls.X509KeyPair(certPEM, keyPEM)
		return &c, err
	}}
}

func identityPKCS12(path, password string) source[*tls.Certificate] {
	return source[*tls.Certificate]{[]string{path}, func() (*tls.Certificate, error) {
		b, err := readFile(path)
		if err != nil {
			return nil, err
		}
		key, leaf, chain, err := pkcs12.DecodeChain(b, password)
		if err != nil {
			return nil, err
		}
		c := &tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
		for _, other := range chain {
			c.Certificate = append(c.Certificate, other.Raw)
		}
		return c, nil
	}}
}

// identitySet is all own certificates of a configuration, in their order.
type identitySet []*watched[*tls.Certificate]

func openIdentities(s *settings) (identitySet, error) {
	var set identitySet
	for _, src := range s.identities {
		w, err := open(src, s.logger)
		if err != nil {
			return nil, err
		}
		set = append(set, w)
	}
	return set, nil
}

// forClient chooses what a server shows: what suits, or else the first, for the
// client to judge.
func (set identitySet) forClient(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	for _, w := range set {
		if c := w.get(); hello.SupportsCertificate(c) == nil {
			return c, nil
		}
	}
	return set[0].get(), nil
}

// forServer chooses what a client shows: what a root that the server trusts has
// issued, or else nothing, which is an empty certificate.
func (set identitySet) forServer(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	for _, w := range set {
		if c := w.get(); request.SupportsCertificate(c) == nil {
			return c, nil
		}
	}
	return &tls.Certificate{}, nil
}
