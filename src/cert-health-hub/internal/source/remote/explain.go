package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// Explain turns the error of a request into a Fault.
func (r *Remote) Explain(err error) *Fault { return r.explain(r.options.Product, err) }

func (r *Remote) explain(product string, err error) *Fault {
	known := (*Fault)(nil)
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, errTooLarge), errors.Is(err, errTooMany):
		return fault(Malformed, "the answer of %s is too large and is not read: correct address if this is another server, or set narrower paths", product)
	case errors.Is(err, context.DeadlineExceeded):
		return fault(Unreachable, "%s did not answer in time: check that it runs, or raise timeout of this source", product)
	case errors.Is(err, context.Canceled):
		return fault(Busy, "the collection was interrupted")
	}
	if sentence := r.explainTLS(product, err); sentence != "" {
		return fault(Unreachable, "%s", sentence)
	}
	return explainConnection(product, err)
}

// explainTLS explains a failed handshake, or returns "". The sentences of the library contain the time.
func (r *Remote) explainTLS(product string, err error) string {
	var (
		unknown  x509.UnknownAuthorityError
		roots    x509.SystemRootsError
		name     x509.HostnameError
		invalid  x509.CertificateInvalidError
		plain    tls.RecordHeaderError
		answered *net.OpError
	)
	switch {
	case errors.As(err, &unknown), errors.As(err, &roots):
		return "the certificate of " + product + " is signed by an unknown CA: set ca_cert of this source to a file with this CA"
	case errors.As(err, &name):
		return "the certificate of " + product + " is for another name than " + Printable(name.Host) + ": set address to one of its names, or issue it again"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return r.explainDates(product, invalid.Cert)
	case errors.As(err, &invalid):
		return "the certificate of " + product + " is not valid: issue it again"
	case errors.As(err, &plain), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return product + " does not use TLS at this address: correct address of this source"
	case errors.As(err, &answered) && answered.Op == "remote error":
		return product + " rejected the TLS handshake: check certificate and private_key of this source"
	}
	return ""
}

func (r *Remote) explainDates(product string, own *x509.Certificate) string {
	if r.options.Now().Before(own.NotBefore) {
		return "the certificate of " + product + " is not valid before " + stamp(own.NotBefore) + ": set this machine's clock if it is wrong (date -u)"
	}
	return "the certificate of " + product + " expired at " + stamp(own.NotAfter) + ": renew it, or set this machine's clock if it is wrong (date -u)"
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// explainConnection explains a failed connection. It omits the port of this machine, which differs each
// time.
func explainConnection(product string, err error) *Fault {
	var (
		resolve *net.DNSError
		timeout net.Error
		syntax  *json.SyntaxError
		shape   *json.UnmarshalTypeError
	)
	switch {
	case errors.As(err, &resolve):
		return fault(Unreachable, "the host name of %s cannot be resolved, %s: correct address of this source, or the DNS", product, Printable(resolve.Name))
	case errors.Is(err, syscall.ECONNREFUSED):
		return fault(Unreachable, "%s refuses connections: check that it runs, and address of this source", product)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fault(Unreachable, "%s did not answer in time: check that it runs, or raise timeout of this source", product)
	case errors.As(err, &syntax), errors.As(err, &shape), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errShape):
		return fault(Malformed, "the answer of %s cannot be understood: correct address if this is another server", product)
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fault(Unreachable, "%s closed the connection without an answer: check it, and the proxy in front of it", product)
	}
	return fault(Unreachable, "the connection to %s fails: check address of this source, and the network", product)
}
