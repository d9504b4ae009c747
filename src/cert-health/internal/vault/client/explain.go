package client

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"
)

// Kind says what a Fault means for the caller.
type Kind int

// The kinds of faults.
const (
	Rejected Kind = iota // it will not do, however often it is asked
	Denied              // the token is not good, or not good enough
	NotFound                // there is no such thing
	Busy                // Vault is there and cannot answer now
	Unreachable              // nobody answers, or not Vault
)

// Fault is what went wrong with a request, in one sentence that names the cause
// and, where there is one, the remedy. It quotes Vault's own words, never a
// request: those carry credentials. While a cause lasts its sentence stays the same:
// who logs changes shall see none.
type Fault struct {
	Kind     Kind
	sentence string
	status   int    // of Vault's answer; 0 when there was none
	quoted     string // Vault's own words
	invalid  bool   // the token itself is not good
}

func rejected(format string, values ...any) *Fault {
	return &Fault{Kind: Rejected, sentence: fmt.Sprintf(format, values...)}
}

// Error returns the sentence.
func (f *Fault) Error() string { return f.sentence }

// Is tells whether err is a fault of that kind.
func Is(err error, kind Kind) bool {
	fault := (*Fault)(nil)
	return errors.As(err, &fault) && fault.Kind == kind
}

// explain turns an error of the HTTP library into a Fault.
func (c *Client) explain(err error) *Fault {
	if fault := (*Fault)(nil); errors.As(err, &fault) {
		return fault
	}
	if response := (*api.ResponseError)(nil); errors.As(err, &response) {
		return c.explainStatus(response)
	}
	return c.explainTransport(err)
}

// explainStatus explains an answer that is none.
func (c *Client) explainStatus(response *api.ResponseError) *Fault {
	said := c.redactor.redact(quotable(response))
	f := &Fault{Kind: Rejected, status: response.StatusCode, quoted: said}
	switch {
	case f.status == http.StatusForbidden:
		f.Kind = Denied
		f.invalid = strings.Contains(said, "invalid token") || strings.Contains(said, "bad token")
		f.sentence = "permission denied (403): the token's policy does not allow this" + c.orNamespace()
		if f.invalid {
			f.sentence = unknownTokenPrefix + "it is wrong, has expired, was revoked or used up"
		}
	case f.status == http.StatusTooManyRequests:
		f.Kind, f.sentence = Busy, "Vault limits the rate of requests (429): lower vault.rate, or raise its quota (vault list sys/quotas/rate-limit)"
	case f.status == http.StatusServiceUnavailable && strings.Contains(said, "sealed"):
		f.Kind, f.sentence = Busy, "Vault is sealed (503): unseal it"
	case f.status == http.StatusServiceUnavailable:
		f.Kind, f.sentence = Busy, "Vault is not ready (503)"+suffix(said)+": see vault status, and the proxy before it if there is one"
	case strings.Contains(said, "active cluster node not found"):
		f.Kind, f.sentence = Busy, fmt.Sprintf("Vault has no active node (%d), only standby nodes: see vault status on each", f.status)
	case f.status == http.StatusNotFound && response.RawError && strings.Join(response.Errors, "") != "":
		f.Kind, f.sentence = Unreachable, "what answers at "+authority(c.options.Address)+" is not Vault (404)"+suffix(said)+": see vault.address"
	case f.status == http.StatusNotFound && strings.Contains(said, "namespace"):
		f.sentence = "there is no such namespace (404): see vault.namespace" + c.inNamespace() + suffix(said)
	case f.status == http.StatusNotFound:
		f.Kind, f.sentence = NotFound, "there is no such path (404)"+suffix(said)
	case strings.Contains(said, "HTTP request to an HTTPS server"):
		f.Kind, f.sentence = Unreachable, "Vault speaks TLS at this address: begin vault.address with https://"
	case f.status == http.StatusBadRequest:
		f.sentence = "Vault refused the request (400)" + suffix(said)
	case f.status >= http.StatusInternalServerError:
		f.Kind = Busy
		fallthrough
	default:
		f.sentence = fmt.Sprintf("Vault answered %d", f.status) + suffix(said)
	}
	return f
}

// unknownTokenPrefix begins what is said about a token that is none.
const unknownTokenPrefix = "Vault does not know the token (403): "

// orNamespace adds what else may be wrong where a namespace is set.
func (c *Client) orNamespace() string {
	if c.options.Namespace == "" {
		return ""
	}
	return ", or it is of another namespace than " + c.options.Namespace + " (vault.namespace)"
}

func (c *Client) inNamespace() string {
	if c.options.Namespace == "" {
		return ""
	}
	return " (" + c.options.Namespace + ")"
}

// maxQuoted bounds what is quoted of an answer: what stands before Vault may answer
// with whole pages.
const maxQuoted = 200

// quotable are Vault's own words, folded into one line.
func quotable(response *api.ResponseError) string {
	said := oneLine(strings.Join(response.Errors, "; "))
	if response.RawError && strings.HasPrefix(said, "<") {
		return "" // a page, and not of Vault's
	}
	said = strings.TrimPrefix(said, "1 error occurred: * ")
	if before, _, found := strings.Cut(said, ": current time "); found {
		said = before // what follows is another text each time
	}
	if len(said) > maxQuoted {
		said = strings.ToValidUTF8(said[:maxQuoted], "") + "..."
	}
	return said
}

func suffix(said string) string {
	if said == "" {
		return ""
	}
	return ": " + said
}

// oneLine folds a text of several lines, of which reports and logs want none.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// stamp writes a time for people.
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
