package lenient

import (
	"fmt"
	"slices"
	"strings"
)

// refusal is one reason why programs refuse a certificate.
type refusal struct {
	by  string // the programs, as the subject of a sentence
	why string // a sentence without a full stop
}

// The programs that refuse a certificate. What OpenSSL and Java refuse was measured with
// OpenSSL 3.0 and Java 17. Later versions refuse more.
const (
	onlyGo  = "Go programs"
	openSSL = "Go programs and OpenSSL"
	java    = "Go and Java programs"
	allOf   = "Go and Java programs and OpenSSL"
)

const (
	maxRefusals = 5   // of one certificate
	maxQuote    = 100 // bytes of one that are quoted in a reason
)

// refuse notes a reason, once.
func (r *reader) refuse(by, format string, values ...any) {
	reason := refusal{by: by, why: fmt.Sprintf(format, values...)}
	if len(r.refusals) < maxRefusals && !slices.Contains(r.refusals, reason) {
		r.refusals = append(r.refusals, reason)
	}
}

// reasons are what was noted or, if that is nothing, what crypto/x509 said: "Go programs
// refuse it: its serial number is negative; its version is 4".
func (r *reader) reasons(refused error) string {
	if len(r.refusals) == 0 && refused != nil {
		r.refuse(onlyGo, "%s", shorten(strings.TrimPrefix(refused.Error(), "x509: "), 2*maxQuote))
	}
	var text strings.Builder
	for i, reason := range r.refusals {
		if i > 0 {
			text.WriteString("; ")
		}
		if i == 0 || reason.by != r.refusals[i-1].by {
			text.WriteString(reason.by + " refuse it: ")
		}
		text.WriteString(reason.why)
	}
	return text.String()
}

// quote quotes a part of a certificate, in ASCII.
func quote(text string) string { return fmt.Sprintf("%+q", shorten(text, maxQuote)) }

func shorten(text string, size int) string {
	if len(text) <= size {
		return text
	}
	return strings.ToValidUTF8(text[:size], "") + "..."
}
