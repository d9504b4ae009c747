package keep

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"strings"
)

var begin = []byte("-----BEGIN ")

// rewrite returns text with PEM blocks replaced by what replace returns for them. Where it returns nil, and between
// the blocks, every byte stays. The line breaks stay those of the text.
func rewrite(text []byte, replace func(*pem.Block) []byte) []byte {
	var out []byte
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return append(out, text...)
		}
		raw := text[:len(text)-len(rest)]
		start := bytes.LastIndex(raw, begin)
		out = append(out, raw[:start]...)
		if with := replace(block); with != nil {
			out = append(out, alike(with, raw[start:])...)
		} else {
			out = append(out, raw[start:]...)
		}
		clear(block.Bytes)
		text = rest
	}
}

// alike gives PEM the line breaks of the block that it replaces.
func alike(with, raw []byte) []byte {
	if bytes.Contains(raw, []byte("\r\n")) {
		with = bytes.ReplaceAll(bytes.ReplaceAll(with, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	}
	if !bytes.HasSuffix(raw, []byte("\n")) {
		with = bytes.TrimRight(with, "\r\n")
	}
	return with
}

// certificateType is the label of a certificate in PEM, and crlType that of a revocation list.
const (
	certificateType = "CERTIFICATE"
	crlType         = "X509 CRL"
)

// isKey tells whether a block is a private key, or belongs to one.
func isKey(b *pem.Block) bool {
	return strings.HasSuffix(b.Type, "PRIVATE KEY") || b.Type == "EC PARAMETERS"
}

// certificates are those in PEM blocks, in their order. A block that is not a certificate for Go ends with its error.
func certificates(text []byte) (all []*x509.Certificate, err error) {
	rewrite(text, func(b *pem.Block) []byte {
		if b.Type != certificateType || err != nil {
			return nil
		}
		var c *x509.Certificate
		if c, err = x509.ParseCertificate(bytes.Clone(b.Bytes)); err == nil {
			all = append(all, c)
		}
		return nil
	})
	return all, err
}

// armour encodes a certificate or a list as PEM.
func armour(label string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})
}
