package client

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
)

// crlKey is the key under which safe keeps the revocation list of a CA, as PEM.
const crlKey = "crl"

// maxCRL is the largest text of a revocation list that is read, in bytes, as it is encoded in the
// answer. As base64 it has room for a list of 380 KiB with 10,000 revoked certificates: crypto/x509
// needs ten times as much memory for them.
const maxCRL = 512 << 10

// readList reads the revocation list of a secret. It returns nil if there is none.
func (s *SecretVersion) readList(value json.RawMessage) *x509.RevocationList {
	if len(value) > maxCRL {
		s.Broken = append(s.Broken, fmt.Sprintf("its key %q is longer than %d KiB: it is not known what it revokes", crlKey, maxCRL>>10))
		return nil
	}
	var text string
	if json.Unmarshal(value, &text) != nil {
		return nil
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "X509 CRL" {
		return nil
	}
	list, err := x509.ParseRevocationList(block.Bytes)
	if err != nil {
		s.Broken = append(s.Broken, fmt.Sprintf("its key %q contains a revocation list that cannot be read: make a new one (cert-health x509 crl --renew)", crlKey))
		return nil
	}
	return list
}

// revocations adds what a list revokes, if a CA in the secret signed it. Otherwise it revokes
// nothing: another secret may contain a list of the same name.
func (s *SecretVersion) revocations(list *x509.RevocationList) {
	if list == nil {
		return
	}
	for _, contents := range s.Contents {
		for _, certificate := range contents.Certificates {
			if certificate.SignedList(list) {
				s.Revoked = revoked(list, certificate.PublicKey.Mark())
				return
			}
		}
	}
}

// revoked returns the newest revocations of a list.
func revoked(list *x509.RevocationList, signer cert.Mark) []reference.Revocation {
	var all []reference.Revocation
	for _, entry := range list.RevokedCertificateEntries {
		all = append(all, reference.Revocation{Signer: signer, Serial: cert.SerialMark(entry.SerialNumber.Text(16)), At: entry.RevocationTime.UTC()})
	}
	slices.SortStableFunc(all, func(a, b reference.Revocation) int {
		return cmp.Or(b.At.Compare(a.At), bytes.Compare(a.Serial[:], b.Serial[:]))
	})
	return all[:min(len(all), reference.MaxRevoked)]
}
