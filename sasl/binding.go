package sasl

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/xdg-go/scram"
)

var errNoTLS = errors.New("no TLS to bind to")

// clientBinding chooses the channel binding of a client.
func clientBinding(state *tls.ConnectionState) (scram.ChannelBinding, error) {
	switch {
	case state == nil:
		return scram.ChannelBinding{}, errNoTLS
	case state.Version >= tls.VersionTLS13:
		return scram.NewTLSExporterBinding(state) // RFC 9266 §3: the default of TLS 1.3
	case len(state.TLSUnique) > 0:
		return scram.NewTLSUniqueBinding(state.TLSUnique), nil // RFC 5802 §6: the default before
	}
	return scram.NewTLSServerEndpointBinding(state)
}

// serverBinding is the binding of the type that a client asks for.
func serverBinding(peer Peer, kind scram.ChannelBindingType) (scram.ChannelBinding, error) {
	if peer.TLS == nil {
		return scram.ChannelBinding{}, errNoTLS
	}
	switch kind {
	case scram.ChannelBindingTLSExporter:
		return scram.NewTLSExporterBinding(peer.TLS)
	case scram.ChannelBindingTLSUnique:
		if len(peer.TLS.TLSUnique) > 0 {
			return scram.NewTLSUniqueBinding(peer.TLS.TLSUnique), nil
		}
	case scram.ChannelBindingTLSServerEndpoint:
		if peer.Certificate != nil {
			// The library looks where a client finds the server's certificate.
			return scram.NewTLSServerEndpointBinding(&tls.ConnectionState{
				PeerCertificates: []*x509.Certificate{peer.Certificate},
			})
		}
	}
	return scram.ChannelBinding{}, fmt.Errorf("no channel binding of type %.40q", string(kind))
}
