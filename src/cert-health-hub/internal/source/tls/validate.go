package tls

import (
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/strict"
)

// Problems returns all faults of the values, each with the path of its key.
func (o *Options) Problems() (p strict.Problems) {
	if len(o.Hosts) == 0 {
		p.Add(`hosts is missing: list the servers, as in hosts: ["example.com:443", "smtp://mail.example.com"]`)
	}
	p.Check("ca_cert", checkCAs(o.CACert))
	checkAddresses(&p, "addresses", o.Addresses)
	if o.Concurrency > maxConcurrency {
		p.Add("concurrency must be at most %d", maxConcurrency)
	}
	seen := map[string]bool{}
	for i := range o.Hosts {
		o.Hosts[i].problems(&p, strict.Item("hosts", i), seen)
	}
	return p
}

func (h *Host) problems(p *strict.Problems, at string, seen map[string]bool) {
	t, err := parse(*h)
	p.Check(at, err)
	if err == nil && seen[t.path()] {
		p.Add("%s: %s is there twice: leave one of the two out", at, t.path())
	}
	seen[t.path()] = true
	if name := strings.ToLower(h.ServerName); name != "" {
		p.Check(at+".server_name", checkName(name))
	}
	p.Check(at+".ca_cert", checkCAs(h.CACert))
	checkAddresses(p, at+".addresses", h.Addresses)
	if _, ok := fingerprint(h.Expect.Fingerprint); h.Expect.Fingerprint != "" && !ok {
		p.Add("%s.expect.fingerprint must be the SHA-256 of the certificate: 64 hexadecimal digits, with or without colons", at)
	}
}

func checkAddresses(p *strict.Problems, at string, a Addresses) {
	if a != "" {
		p.OneOf(at, string(a), []string{string(All), string(First)})
	}
}

// checkCAs checks CAs in PEM, or their file.
func checkCAs(setting string) error {
	text, err := readCAs(setting)
	if err == nil && setting != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(text)) {
		return errors.New("it contains no certificate: set it to PEM, or to the absolute path of a file with PEM")
	}
	return err
}

// maxCAs is more than the file of a system's CAs has, in bytes.
const maxCAs = 4 << 20

// readCAs returns CAs in PEM, which a setting holds or names the file of.
func readCAs(setting string) (string, error) {
	if !filepath.IsAbs(setting) {
		return setting, nil
	}
	file, err := os.Open(setting)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxCAs))
	return string(text), err
}

// fingerprint reads a SHA-256 as people copy it from other programs.
func fingerprint(text string) (f cert.Fingerprint, ok bool) {
	text = strings.ToLower(text)
	text = strings.TrimPrefix(strings.TrimPrefix(text, "sha256:"), "sha256 fingerprint=")
	digits := strings.ReplaceAll(text, ":", "")
	if len(digits) != hex.EncodedLen(len(f)) {
		return f, false
	}
	_, err := hex.Decode(f[:], []byte(digits))
	return f, err == nil
}

func cut(text string, size int) string { return text[:min(len(text), size)] }
