package vault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"github.com/hashicorp/vault/api"
)

// explain turns what went wrong with a request into one line that names the
// cause and, where there is one, the remedy. It quotes Vault's own words, never
// a request: those carry credentials.
func explain(err error) string {
	if response := (*api.ResponseError)(nil); errors.As(err, &response) {
		return explainStatus(response)
	}
	var (
		unknownAuthority x509.UnknownAuthorityError
		hostname         x509.HostnameError
		invalid          x509.CertificateInvalidError
		plain            tls.RecordHeaderError
		resolve          *net.DNSError
	)
	switch {
	case errors.As(err, &unknownAuthority):
		return "Vault's own certificate is signed by an unknown CA: set vault.ca_cert (VAULT_CACERT)"
	case errors.As(err, &hostname):
		return "Vault's own certificate is for another name: " + hostname.Error()
	case errors.As(err, &invalid):
		return "Vault's own certificate is not valid: " + invalid.Error()
	case errors.As(err, &plain), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "Vault does not speak TLS at this address: use http://, or another port"
	case errors.As(err, &resolve):
		return "the name of Vault does not resolve: " + resolve.Name
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at Vault's address: connection refused"
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return "Vault did not answer in time"
	}
	if request := (*url.Error)(nil); errors.As(err, &request) {
		err = request.Err
	}
	return oneLine(err.Error())
}

func explainStatus(response *api.ResponseError) string {
	said := oneLine(strings.Join(response.Errors, "; "))
	switch response.StatusCode {
	case http.StatusForbidden:
		return "permission denied (403): the token is no longer valid, or its policy does not allow this"
	case http.StatusTooManyRequests:
		return "Vault limits the rate of requests (429)"
	case http.StatusServiceUnavailable:
		return "Vault is sealed, or not ready (503)"
	case http.StatusBadRequest:
		return "Vault refused the request (400): " + said
	case http.StatusNotFound:
		return "there is no such path (404)" + suffix(said)
	}
	return fmt.Sprintf("Vault answered %d", response.StatusCode) + suffix(said)
}

func suffix(said string) string {
	if said == "" {
		return ""
	}
	return ": " + said
}

// oneLine folds a text of several lines, of which reports and logs want none.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func isTimeout(err error) bool {
	timeout := net.Error(nil)
	return errors.As(err, &timeout) && timeout.Timeout()
}

func denied(err error) bool {
	response := (*api.ResponseError)(nil)
	return errors.As(err, &response) && response.StatusCode == http.StatusForbidden
}
