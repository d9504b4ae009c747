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
	Rejected    Kind = iota // Vault will reject this request each time
	Denied                  // the token is not valid, or its policy does not permit this
	NotFound                // there is nothing at this path
	Busy                    // Vault cannot answer now
	Unreachable             // there is no answer, or not from Vault
	Conflict                // the secret has changed since it was read
)

// Fault is the failure of a request: one sentence with the cause and, if there is one, the
// remedy. It may quote the answer of Vault, and never a request, which contains credentials.
// The sentence stays the same as long as the cause stays the same, so that it is logged once.
type Fault struct {
	Kind     Kind
	sentence string
	status   int    // of Vault's answer; 0 without an answer
	quoted   string // Vault's own words
	invalid  bool   // the token itself is not valid
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

// IsTemporary tells whether err is a fault after which a later attempt may succeed although
// nothing is changed: Vault did not answer, or could not.
func IsTemporary(err error) bool { return Is(err, Busy) || Is(err, Unreachable) }

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

// explainStatus explains an answer that is an error.
func (c *Client) explainStatus(response *api.ResponseError) *Fault {
	said := c.redactor.redact(quotable(response))
	f := &Fault{Kind: Rejected, status: response.StatusCode, quoted: said}
	switch {
	case f.status == http.StatusForbidden:
		f.Kind = Denied
		f.invalid = strings.Contains(said, "invalid token") || strings.Contains(said, "bad token")
		f.sentence = "permission denied (403): the policy of the token does not permit this" + c.orNamespace()
		if f.invalid {
			f.sentence = unknownTokenPrefix + "it is wrong, has expired, was revoked, or was used up"
		}
	case f.status == http.StatusTooManyRequests:
		f.Kind, f.sentence = Busy, "Vault limits the rate of requests (429): lower "+c.name(settingRate)+", or raise the quota in Vault (vault list sys/quotas/rate-limit)"
	case f.status == http.StatusServiceUnavailable && strings.Contains(said, "sealed"):
		f.Kind, f.sentence = Busy, "Vault is sealed (503): unseal it"
	case f.status == http.StatusServiceUnavailable:
		f.Kind, f.sentence = Busy, "Vault is not ready (503)"+suffix(said)+": check vault status, and the proxy in front of Vault if there is one"
	case strings.Contains(said, "active cluster node not found"):
		f.Kind, f.sentence = Busy, fmt.Sprintf("Vault has no active node (%d), only standby nodes: check vault status on each node", f.status)
	case f.status == http.StatusNotFound && response.RawError && strings.Join(response.Errors, "") != "":
		f.Kind, f.sentence = Unreachable, "the server at "+authority(c.options.Address)+" is not Vault (404)"+suffix(said)+": correct "+c.name(settingAddress)
	case f.status == http.StatusNotFound && strings.Contains(said, "namespace"):
		f.sentence = "the namespace does not exist (404): correct " + c.name(settingNamespace) + c.inNamespace() + suffix(said)
	case f.status == http.StatusNotFound && strings.Contains(said, "no handler for route"):
		f.sentence = "there is no secrets engine at this path any more (404): " + c.name(settingPaths) + " or the engine has changed"
	case f.status == http.StatusNotFound:
		f.Kind, f.sentence = NotFound, "the path does not exist (404)"+suffix(said)
	case strings.Contains(said, "HTTP request to an HTTPS server"):
		f.Kind, f.sentence = Unreachable, "Vault expects TLS at this address: begin "+c.name(settingAddress)+" with https://"
	case f.status == http.StatusBadRequest && strings.Contains(said, "check-and-set parameter did not match"):
		f.Kind, f.sentence = Conflict, conflict
	case f.status == http.StatusBadRequest:
		f.sentence = "Vault rejected the request (400)" + suffix(said)
	case f.status >= http.StatusInternalServerError:
		f.Kind = Busy
		fallthrough
	default:
		f.sentence = fmt.Sprintf("Vault answered %d", f.status) + suffix(said)
	}
	return f
}

// unknownTokenPrefix begins each sentence about a token that Vault does not know.
const unknownTokenPrefix = "Vault does not know the token (403): "

// orNamespace is the second possible cause if a namespace is set.
func (c *Client) orNamespace() string {
	if c.options.Namespace == "" {
		return ""
	}
	return ", or it belongs to another namespace than " + c.options.Namespace + " (" + c.name(settingNamespace) + ")"
}

func (c *Client) inNamespace() string {
	if c.options.Namespace == "" {
		return ""
	}
	return " (" + c.options.Namespace + ")"
}

// maxQuoted is the largest part of an answer that is quoted, in bytes: a proxy may answer with
// a whole page.
const maxQuoted = 200

// quotable returns the message of Vault in one line.
func quotable(response *api.ResponseError) string {
	said := oneLine(strings.Join(response.Errors, "; "))
	if response.RawError && strings.HasPrefix(said, "<") {
		return "" // a page of a proxy
	}
	said = strings.TrimPrefix(said, "1 error occurred: * ")
	if before, _, found := strings.Cut(said, ": current time "); found {
		said = before // the rest differs each time
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

// oneLine joins the lines: reports and logs have one line for each problem.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// stamp formats a time for people.
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
