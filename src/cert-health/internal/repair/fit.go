package repair

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cert-health/internal/cert"
)

// moment is how times are written for people.
const moment = "2006-01-02 15:04 UTC"

// fits returns why a certificate must not take the place of another one, or nil. deployed are the
// certificates of the VM.
func fits(old *cert.Certificate, m *Material, deployed []cert.Deployed, now time.Time) error {
	issued := m.noun()
	for _, test := range []func() error{
		func() error { return valid(issued, m.From, now) },
		func() error { return sameIdentity(old, issued) },
		func() error { return trusted(old, issued, m, deployed, now) },
	} {
		if err := test(); err != nil {
			return err
		}
	}
	return nil
}

func valid(issued *cert.Certificate, from string, now time.Time) error {
	switch {
	case issued.Refused != "":
		return fmt.Errorf("the certificate of %s is refused: %s", from, issued.Refused)
	case now.After(issued.NotAfter):
		return fmt.Errorf("the certificate of %s expired at %s too: renew it there first", from, issued.NotAfter.UTC().Format(moment))
	case now.Before(issued.NotBefore):
		return fmt.Errorf("the certificate of %s is not valid before %s: wait, or compare the clock of this VM with that of the CA", from, issued.NotBefore.UTC().Format(moment))
	}
	return nil
}

// sameIdentity returns what the new certificate lacks that the old one had. More names are no fault.
func sameIdentity(old, issued *cert.Certificate) error {
	lost := missing(lower(old.SANs), lower(issued.SANs))
	usages := missing(old.ExtKeyUsage, issued.ExtKeyUsage)
	switch {
	case old.CA != issued.CA:
		return errors.New("one of the two certificates is a CA and the other is not: name the source of the same certificate")
	case old.Subject != issued.Subject:
		return fmt.Errorf("it is a certificate of %q, and the deployed one is of %q: name the source of the same certificate", issued.Subject, old.Subject)
	case len(lost) > 0:
		return fmt.Errorf("the new certificate is not valid for %s, as the deployed one is: issue it with all names first", strings.Join(lost, ", "))
	case len(issued.ExtKeyUsage) > 0 && (len(old.ExtKeyUsage) == 0 || len(usages) > 0):
		return fmt.Errorf("the new certificate does not have the extended key usages of the deployed one (%s): issue it with them first", orAll(old.ExtKeyUsage))
	}
	return nil
}

func orAll(usages []string) string {
	if len(usages) == 0 {
		return "all"
	}
	return strings.Join(usages, ", ")
}

func lower(names []string) []string {
	list := slices.Clone(names)
	for i := range list {
		list[i] = strings.ToLower(list[i])
	}
	return list
}

func missing(from, in []string) (lost []string) {
	for _, name := range from {
		if !slices.Contains(in, name) {
			lost = append(lost, name)
		}
	}
	return lost
}
