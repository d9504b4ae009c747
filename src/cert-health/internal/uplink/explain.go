package uplink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
)

// unanswered explains why there is no answer.
func (c *Client) unanswered(base *url.URL, used *channel, err error) error {
	f := &Fault{}
	if f.sentence = c.explainServer(base, err); f.sentence == "" {
		f.sentence = c.explainClient(used, err)
	}
	if f.sentence == "" {
		f.sentence = explainConnection(base, err)
	}
	return f
}

// explainServer explains why the hub's certificate is not accepted, or returns "". The sentences of the
// library contain the current time.
func (c *Client) explainServer(base *url.URL, err error) string {
	var (
		unknown  x509.UnknownAuthorityError
		noRoots  x509.SystemRootsError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		plain    tls.RecordHeaderError
	)
	where := "the certificate of the hub at " + base.Host
	switch {
	case errors.As(err, &unknown), errors.As(err, &noRoots):
		return where + " is signed by an unknown CA: add this CA to cert_health.hub.ca_cert"
	case errors.As(err, &hostname):
		return where + " is for another name: " + strings.TrimPrefix(hostname.Error(), "x509: ") +
			": set cert_health.hub.url to one of its names, or issue it again"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return where + c.dates(invalid.Cert)
	case errors.As(err, &invalid):
		return where + " is not valid: " + strings.TrimPrefix(invalid.Error(), "x509: ")
	case errors.As(err, &plain), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "the server at " + base.Host + " does not use TLS: set cert_health.hub.url to the address of the hub for agents (its agents.address)"
	}
	return ""
}

// dates says why a certificate is not valid now.
func (c *Client) dates(own *x509.Certificate) string {
	if c.options.Now().Before(own.NotBefore) {
		return " is not valid before " + stamp(own.NotBefore) + ": set this machine's clock if it is wrong (date -u)"
	}
	return " expired at " + stamp(own.NotAfter) + ": renew it, or set this machine's clock if it is wrong (date -u)"
}

// explainClient explains why the hub does not accept the client certificate, or returns "". A hub that
// refuses it may close the connection before its reason arrives.
func (c *Client) explainClient(used *channel, err error) string {
	alert := alertOf(err)
	if alert == "" && !isClosed(err) {
		return ""
	}
	own := used.used()
	name := "the client certificate in cert_health.hub.certificate"
	if own.nats {
		name = "the certificate of bosh-agent (cert_health.hub.identity: nats)"
	}
	now := c.options.Now()
	switch {
	case now.Before(own.leaf.NotBefore), now.After(own.leaf.NotAfter):
		return "the hub does not accept " + name + ": it" + c.dates(own.leaf)
	case alert == "":
		return ""
	case strings.Contains(alert, "expired"):
		return "the hub takes " + name + " for expired, but it is valid until " + stamp(own.leaf.NotAfter) + ": compare the clock of the hub with that of this machine (date -u)"
	}
	return "the hub does not accept " + name + " (" + alert + "): set the hub's agents.client_ca to the CA that signed it, " + own.leaf.Issuer.String()
}

// alertOf is the TLS alert with which the hub ended the connection; empty if there was none.
func alertOf(err error) string {
	for err != nil {
		operation := (*net.OpError)(nil)
		if !errors.As(err, &operation) {
			break
		}
		if operation.Op == "remote error" {
			return strings.TrimPrefix(operation.Err.Error(), "tls: ")
		}
		err = operation.Err
	}
	return ""
}

func isClosed(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// explainConnection explains a failed connection. It omits the port of this machine, which differs each time.
func explainConnection(base *url.URL, err error) string {
	var (
		resolve   *net.DNSError
		operation *net.OpError
		request   *url.Error
		timeout   net.Error
	)
	if errors.As(err, &request) {
		err = request.Err
	}
	switch {
	case errors.As(err, &resolve):
		return "the host name of the hub cannot be resolved: " + resolve.Name + ": check cert_health.hub.url and the DNS of this machine"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at " + base.Host + " (connection refused): start the hub, or check cert_health.hub.url"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "the hub at " + base.Host + " did not answer in time: check the hub, and the network between (agents need this port)"
	case isClosed(err):
		return "the connection to " + base.Host + " was closed without an answer: check the hub, and the proxy in front of it if there is one"
	case errors.As(err, &operation):
		return base.Host + " cannot be reached: " + reason(err)
	}
	return "the server at " + base.Host + " does not answer as a hub: check cert_health.hub.url"
}

// reason is the innermost error of a failed operation, which does not contain a local port.
func reason(err error) string {
	if operation := (*net.OpError)(nil); errors.As(err, &operation) && operation.Err != nil {
		return reason(operation.Err)
	}
	if call := syscall.Errno(0); errors.As(err, &call) {
		return call.Error()
	}
	return err.Error()
}
