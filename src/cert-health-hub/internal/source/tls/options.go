package tls

import (
	"context"
	"crypto/x509"
	"net/netip"
	"time"
)

// Options of one source.
type Options struct {
	Hosts []Host `yaml:"hosts"`
	// CACert has the CAs, in PEM or as a file, that hosts without a ca_cert of their own must lead to.
	// Empty: the CAs of the system.
	CACert      string        `yaml:"ca_cert"`
	HostTimeout time.Duration `yaml:"host_timeout"` // for one address of a host; 0 is DefaultTimeout
	Addresses   Addresses     `yaml:"addresses"`    // empty is All
	Concurrency int           `yaml:"concurrency"`  // addresses that are asked at a time; 0 is DefaultConcurrency

	// Lookup resolves a name; nil asks the system.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error) `yaml:"-"`
	// Roots are the CAs of the system; nil loads them.
	Roots *x509.CertPool `yaml:"-"`
	// Now is the clock; nil is time.Now.
	Now func() time.Time `yaml:"-"`
}

// Host is a TLS server to look at. It may be written as a string, which is its host.
type Host struct {
	// Host is host:port, or a URL: https://example.com, smtp://mail.example.com, postgres://10.0.0.5.
	Host string `yaml:"host"`
	// ServerName is the name that is asked for and that the certificate must have, if it is not the host's.
	ServerName string        `yaml:"server_name"`
	CACert     string        `yaml:"ca_cert"` // CAs in PEM or as a file, in place of those of the source
	Expect     Expect        `yaml:"expect"`
	Timeout    time.Duration `yaml:"timeout"`
	Addresses  Addresses     `yaml:"addresses"`
}

// Expect says which certificate a host must show. Empty fields expect nothing.
type Expect struct {
	// Issuer is the issuer's common name, or its whole name as cert-health shows it.
	Issuer string `yaml:"issuer"`
	// Fingerprint is the certificate's SHA-256. A certificate with it needs no trusted CA.
	Fingerprint string `yaml:"fingerprint"`
}

// Addresses says which addresses of a name are asked.
type Addresses string

// The choices.
const (
	All   Addresses = "all"
	First Addresses = "first" // that answers
)

// The default limits.
const (
	DefaultTimeout     = 10 * time.Second
	DefaultConcurrency = 32
)

const (
	// maxConcurrency keeps the hub's descriptors for the rest of its work.
	maxConcurrency = 512
	// maxAddresses limits the addresses of one name. Large sites have a dozen.
	maxAddresses = 64
)

// UnmarshalText reads the short form.
func (h *Host) UnmarshalText(text []byte) error {
	*h = Host{Host: string(text)}
	return nil
}

// Mapping implements strict.Short.
func (h *Host) Mapping() any { return (*hostKeys)(h) }

// hostKeys is a Host without its short form.
type hostKeys Host

func (o Options) withDefaults() Options {
	if o.HostTimeout == 0 {
		o.HostTimeout = DefaultTimeout
	}
	if o.Concurrency == 0 {
		o.Concurrency = DefaultConcurrency
	}
	if o.Addresses == "" {
		o.Addresses = All
	}
	if o.Lookup == nil {
		o.Lookup = lookup
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
