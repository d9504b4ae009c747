package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
)

// explainTransport explains why there is no answer.
func (c *Client) explainTransport(err error) *Fault {
	f := &Fault{Kind: Unreachable}
	if errors.Is(err, context.Canceled) {
		f.Kind, f.sentence = Busy, "the request was interrupted"
		return f
	}
	if f.sentence = c.explainTLS(err); f.sentence == "" {
		f.sentence = c.redactor.redact(oneLine(c.explainConnection(err)))
	}
	return f
}

// explainTLS explains a failed TLS handshake, or returns "". It names the dates of the
// certificate; the sentences of the library contain the current time.
func (c *Client) explainTLS(err error) string {
	var (
		unknownAuthority x509.UnknownAuthorityError
		noRoots          x509.SystemRootsError
		hostname         x509.HostnameError
		invalid          x509.CertificateInvalidError
		plain            tls.RecordHeaderError
		operation        *net.OpError
	)
	switch {
	case errors.As(err, &unknownAuthority) && isPEM(c.options.CACert):
		return "the certificate of Vault is signed by an unknown CA: add this CA to " + c.name(settingCACert)
	case errors.As(err, &unknownAuthority) && c.options.CACert != "":
		return "the certificate of Vault is signed by an unknown CA: add this CA to " + c.options.CACert + " (" + c.name(settingCACert) + ")"
	case errors.As(err, &unknownAuthority), errors.As(err, &noRoots):
		return "the certificate of Vault is signed by an unknown CA: set " + c.name(settingCACert) + " to a file with this CA"
	case errors.As(err, &hostname):
		return "the certificate of Vault is for another name: " + strings.TrimPrefix(hostname.Error(), "x509: ") +
			": set " + c.name(settingAddress) + " to one of its names, or issue it again"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return c.explainDates(invalid.Cert)
	case errors.As(err, &invalid):
		return "the certificate of Vault is not valid: " + strings.TrimPrefix(invalid.Error(), "x509: ")
	case errors.As(err, &operation) && operation.Op == "remote error":
		return c.explainAlert(operation.Err.Error())
	case errors.As(err, &plain), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "Vault does not use TLS at this address: use http://, or another port"
	}
	return ""
}

func (c *Client) explainDates(own *x509.Certificate) string {
	if c.options.Now().Before(own.NotBefore) {
		return "the certificate of Vault is not valid before " + stamp(own.NotBefore) + ": set this machine's clock if it is wrong (date -u)"
	}
	return "the certificate of Vault expired at " + stamp(own.NotAfter) + ": renew it, or set this machine's clock if it is wrong (date -u)"
}

// explainAlert explains the TLS alert with which Vault ended a handshake.
func (c *Client) explainAlert(alert string) string {
	remedy := "if Vault requires a client certificate, set " + c.name(settingClientCert)
	if c.options.Auth.Cert.Certificate != "" {
		remedy = "check the expiry and the CA of the client certificate in " + c.name(settingClientCert)
	}
	return "Vault rejected the TLS handshake (" + alert + "): " + remedy
}

// explainConnection explains a failed connection. It omits the port of this machine, which
// differs each time.
func (c *Client) explainConnection(err error) string {
	var (
		resolve   *net.DNSError
		operation *net.OpError
		request   *url.Error
		syntax    *json.SyntaxError
		shape     *json.UnmarshalTypeError
	)
	where := authority(c.options.Address)
	if errors.As(err, &request) {
		err = request.Err
		if to := authority(request.URL); to != "" && to != where {
			return "a standby node of Vault redirects to the active node at " + to + ", which this machine cannot reach" + suffix(reason(err)) +
				": set api_addr of the Vault nodes to an address that clients can reach, or start the active node"
		}
	}
	switch {
	case errors.As(err, &resolve):
		return "the host name of Vault cannot be resolved: " + resolve.Name
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at " + where + ": connection refused"
	case isTimeout(err):
		return "Vault did not answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection to " + where + " was closed without an answer: check Vault, and the proxy in front of it if there is one"
	case errors.As(err, &syntax), errors.As(err, &shape):
		return "the server at " + where + " is not Vault: correct " + c.name(settingAddress)
	case errors.As(err, &operation):
		return where + " cannot be reached: " + reason(err)
	}
	return err.Error()
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

func isTimeout(err error) bool {
	timeout := net.Error(nil)
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// authority returns host and port of a URL, the only parts that may be quoted.
func authority(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return parsed.Host
}
