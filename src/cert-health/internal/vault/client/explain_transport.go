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
		f.Kind, f.sentence = Busy, "it was interrupted"
		return f
	}
	if f.sentence = c.explainTLS(err); f.sentence == "" {
		f.sentence = c.redactor.redact(oneLine(c.explainConnection(err)))
	}
	return f
}

// explainTLS says what is wrong with a handshake, if that is what failed. Sentences
// hold the certificate's own dates: those of the library hold the time of day.
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
	case errors.As(err, &unknownAuthority) && c.options.CACert != "":
		return "Vault's own certificate is signed by an unknown CA: " + c.options.CACert + " (vault.ca_cert) does not hold the one that signed it"
	case errors.As(err, &unknownAuthority), errors.As(err, &noRoots):
		return "Vault's own certificate is signed by an unknown CA: set vault.ca_cert (VAULT_CACERT)"
	case errors.As(err, &hostname):
		return "Vault's own certificate is for another name: " + strings.TrimPrefix(hostname.Error(), "x509: ") +
			": put a name that it has into vault.address, or issue it anew"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return c.explainDates(invalid.Cert)
	case errors.As(err, &invalid):
		return "Vault's own certificate is not valid: " + strings.TrimPrefix(invalid.Error(), "x509: ")
	case errors.As(err, &operation) && operation.Op == "remote error":
		return c.explainAlert(operation.Err.Error())
	case errors.As(err, &plain), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "Vault does not speak TLS at this address: use http://, or another port"
	}
	return ""
}

func (c *Client) explainDates(own *x509.Certificate) string {
	if c.options.Now().Before(own.NotBefore) {
		return "Vault's own certificate is not valid before " + stamp(own.NotBefore) + ", and this machine's clock is: set the clock if it is wrong (date -u)"
	}
	return "Vault's own certificate expired at " + stamp(own.NotAfter) + " by this machine's clock: renew it, or set the clock if it is wrong (date -u)"
}

// explainAlert says what is meant by the word with which Vault ended a handshake.
func (c *Client) explainAlert(alert string) string {
	remedy := "set vault.auth.cert if it asks for a client certificate"
	if c.options.Auth.Cert.Certificate != "" {
		remedy = "see whether the client certificate in vault.auth.cert has expired, and who signed it"
	}
	return "Vault refused the TLS handshake (" + alert + "): " + remedy
}

// explainConnection says what is wrong with a connection, without the ports of our
// side, which change.
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
			return "a standby node of Vault points to its active node at " + to + ", which this machine does not reach" + suffix(reason(err)) +
				": set api_addr of the Vault nodes to what their clients reach, or see whether it runs"
		}
	}
	switch {
	case errors.As(err, &resolve):
		return "the name of Vault does not resolve: " + resolve.Name
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at " + where + ": connection refused"
	case isTimeout(err):
		return "Vault did not answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection to " + where + " was closed without an answer: see Vault, and the proxy before it if there is one"
	case errors.As(err, &syntax), errors.As(err, &shape):
		return "what answers at " + where + " is not Vault: see vault.address"
	case errors.As(err, &operation):
		return where + " cannot be reached: " + reason(err)
	}
	return err.Error()
}

// reason is the innermost part of a failed operation, which does not hold our port.
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

// authority is a URL's host and port, which is all of it that may be quoted.
func authority(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return parsed.Host
}
