package handshake

import (
	"errors"
	"fmt"

	"cert-health/internal/cert"
	"cert-health/internal/extract/dercert"
)

// Outcome is what one connection has shown.
type Outcome struct {
	Protocol Protocol
	Chain    []*cert.Certificate // in the server's order: leaf first; empty if it sent none
	DER      [][]byte            // of the chain; they share the memory of what was received
	// Proven says that the server has the private key of the leaf. Without it, the server may have
	// copied the certificate of another.
	Proven bool
	Err    error    // why there is no chain; see Reason
	Retry  Approach // to try in another connection; None if not
}

// ended is the outcome of a handshake.
func ended(protocol Protocol, seen shown, err error) Outcome {
	chain, unreadable := Chain(seen.chain)
	if len(chain) == 0 {
		return Outcome{Protocol: protocol, Err: errors.Join(unreadable, err)}
	}
	return Outcome{Protocol: protocol, Chain: chain, DER: seen.chain, Proven: seen.proven}
}

// Chain parses the certificates of a handshake.
func Chain(raw [][]byte) ([]*cert.Certificate, error) {
	var chain []*cert.Certificate
	for i, der := range raw {
		c, err := dercert.Parse(der)
		if err != nil {
			return nil, fmt.Errorf("read certificate %d of its chain: %w", i+1, err)
		}
		chain = append(chain, c)
	}
	return chain, nil
}
