package client

import (
	"crypto/tls"

	"cert-health/internal/cert"
	"cert-health/internal/extract/dercert"
)

// noteServer remembers the certificates that the server showed.
func (c *Client) noteServer(connection *tls.ConnectionState) {
	if connection == nil || len(connection.PeerCertificates) == 0 {
		return
	}
	chain := connection.PeerCertificates
	if held := c.chain.Load(); held == nil || (*held)[0] != chain[0] {
		c.chain.Store(&chain)
	}
}

// Served returns the certificates that Vault's server, or the proxy in front of it, showed last: its
// own first. It is empty before the first answer, and without TLS.
func (c *Client) Served() []*cert.Certificate {
	shown := c.chain.Load()
	if shown == nil {
		return nil
	}
	var chain []*cert.Certificate
	for _, certificate := range *shown {
		if parsed, err := dercert.Parse(certificate.Raw); err == nil {
			chain = append(chain, parsed)
		}
	}
	return chain
}
