package order

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/issue"
	"cert-health/internal/plan"
	"cert-health/internal/vault/keep"
	"cert-health/internal/verdict"
)

// changes are the differences between the certificate that is there and the one on trial.
func (d *description) changes(i *item) []plan.Change {
	made, old := cert.New(i.made), &cert.Certificate{}
	if i.noun != nil {
		old = i.noun
	}
	list := []plan.Change{
		{What: "writes", To: d.writes(i)},
		{What: "subject", From: old.Subject, To: made.Subject},
		{What: "names", From: strings.Join(old.SANs, ", "), To: strings.Join(made.SANs, ", ")},
		{What: "begins", From: stamp(old.NotBefore), To: stamp(made.NotBefore)},
		{What: "ends", From: stamp(old.NotAfter), To: d.end(i)},
		{What: "key", From: keyName(old), To: keyName(made) + d.newness(i)},
		{What: "usages", From: usages(old), To: usages(made)},
		{What: "serial", From: old.Serial, To: d.serial(i)},
	}
	if chain := d.chain(i); chain != "" {
		list = append(list, plan.Change{What: "chain", To: chain})
	}
	return slices.DeleteFunc(list, func(c plan.Change) bool { return c.From == "" && c.To == "" })
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return verdict.Stamp(t)
}

// end is when the certificate ends, and why it is not later.
func (d *description) end(i *item) string {
	if issue.Capped(i.made, d.signing(i)) {
		return verdict.Stamp(i.made.NotAfter) + ", with its CA"
	}
	return verdict.Stamp(i.made.NotAfter)
}

func keyName(c *cert.Certificate) string {
	if c.KeyAlgorithm == 0 {
		return ""
	}
	return c.KeyName()
}

func (d *description) newness(i *item) string {
	if i.fresh.IsZero() || i.noun == nil {
		return ""
	}
	return ", a new one"
}

func usages(c *cert.Certificate) string {
	return strings.Join(append(issue.UsageWords(c.KeyUsage), issue.ExtendedWords(c.ExtKeyUsage)...), ", ")
}

// writes are the keys of secrets that are written.
func (d *description) writes(i *item) string {
	keys := []string{keep.CertificateKey}
	if !i.fresh.IsZero() {
		keys = append(keys, keep.PrivateKey)
	}
	if i.noun == nil || i.secret.Has(keep.CombinedKey) {
		keys = append(keys, keep.CombinedKey)
	}
	if i.made.IsCA && (d.order.Verb == Issue || i.signer == nil && i.secret.Serial() != "") {
		keys = append(keys, keep.SerialKey)
	}
	if list, err := d.listOf(i, i.made, i.secret); list != nil && err == nil {
		keys = append(keys, keep.CRLKey)
	}
	text := i.path() + ": " + strings.Join(keys, ", ")
	if i.signer != nil && i.signer.counter != "" {
		text = i.signer.path + ": serial; then " + text
	}
	return text
}

// serial says which serial number the certificate gets, unless others take numbers at the same time.
func (d *description) serial(i *item) string {
	counter, version, of := i.secret.Serial(), i.secret.Mount.Version, "its own counter"
	if i.signer != nil {
		counter, version, of = i.signer.counter, i.signer.version, i.signer.path
	}
	switch {
	case counter == "", i.signer == nil && d.order.Verb == Issue:
		return "a random number"
	case version == 1 || i.signer == nil:
		return "a higher number from " + of
	}
	d.taken[i.signer]++
	for range d.taken[i.signer] {
		if next, err := issue.NextSerial(counter, d.clerk.Random); err == nil {
			counter = issue.SerialText(next)
		}
	}
	return counter + ", the next of " + of
}

func (d *description) chain(i *item) string {
	if d.order.Verb == Issue || len(i.chain) < 2 {
		return ""
	}
	for _, behind := range i.replaced(d.successors()) {
		return fmt.Sprintf("the certificate of %s behind it is replaced by the current one", cert.New(behind).Name())
	}
	return "kept"
}
