package dercert

import "cert-health/internal/cert"

// ParseRefused reads a certificate as if crypto/x509 had refused it.
func ParseRefused(encoded []byte) (*cert.Certificate, error) { return parseRefused(encoded, nil) }
