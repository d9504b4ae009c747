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

// trusted returns why the peers of a job may refuse the new certificate although they accept the old one: it does not
// lead to a CA that is trusted for the old one.
func trusted(old, issued *cert.Certificate, m *Material, deployed []cert.Deployed, now time.Time) error {
	if issued.CA {
		if issued.PublicKey != old.PublicKey {
			return errors.New("the new CA has another key, so that the certificates which the old one signed would not be trusted: that is a rotation, which `cert-health rotate` does in steps")
		}
		return nil
	}
	authorities := authoritiesOf(deployed)
	anchors := anchorsOf(old, deployed)
	if len(anchors) == 0 {
		return sameIssuer(old, issued)
	}
	all := slices.Concat(authorities, m.chain())
	for _, anchor := range anchors {
		if leadsTo(issued, anchor, all, 0) {
			if now.After(anchor.NotAfter) && !replaced(anchor, authorities, now) {
				return fmt.Errorf("the CA %s expired at %s, so that peers refuse the new certificate as well: renew the CA and deploy it", anchor.Name(), anchor.NotAfter.UTC().Format(moment))
			}
			return nil
		}
	}
	return fmt.Errorf("the CA %s of the deployed certificate did not sign the new one (its issuer is %q): deploy the new CA to all peers first, see `cert-health rotate`", anchors[0].Name(), issued.Issuer)
}

// sameIssuer compares the CAs of two certificates by what these say about them, where no file of the VM holds the CA.
func sameIssuer(old, issued *cert.Certificate) error {
	if old.SelfSigned() && issued.SelfSigned() || old.Issuer == issued.Issuer && (old.SameSigner(issued) || old.AuthorityKeyID == "") {
		return nil
	}
	return fmt.Errorf("%q signed the new certificate and %q the deployed one, and no CA of either is on this VM to compare: deploy it", issued.Issuer, old.Issuer)
}

// authoritiesOf are the CAs in the files of a VM.
func authoritiesOf(deployed []cert.Deployed) (list []*cert.Certificate) {
	for i := range deployed {
		if c := deployed[i].Certificate; c.CA {
			list = append(list, c)
		}
	}
	return list
}

// anchorsOf are the CAs to which a certificate leads and that a job trusts: not those that are only sent behind a leaf. If
// there is none, it is the CA that signed the certificate.
func anchorsOf(c *cert.Certificate, deployed []cert.Deployed) (anchors []*cert.Certificate) {
	authorities := authoritiesOf(deployed)
	for i := range deployed {
		d := &deployed[i]
		trusts := func(l cert.Location) bool { return !l.SentWithLeaf }
		if d.Certificate.CA && slices.ContainsFunc(d.Locations, trusts) && leadsTo(c, d.Certificate, authorities, 0) {
			anchors = append(anchors, d.Certificate)
		}
	}
	if len(anchors) == 0 {
		return signersOf(c, authorities)
	}
	return anchors
}

// replaced tells whether a CA that has expired is deployed a second time, renewed with the same key.
func replaced(ca *cert.Certificate, authorities []*cert.Certificate, now time.Time) bool {
	return slices.ContainsFunc(authorities, func(other *cert.Certificate) bool {
		return other.PublicKey == ca.PublicKey && now.Before(other.NotAfter)
	})
}

// signersOf are the CAs whose key signed a certificate.
func signersOf(c *cert.Certificate, authorities []*cert.Certificate) (list []*cert.Certificate) {
	for _, ca := range authorities {
		if !c.RulesOut(ca) && c.SignedBy(ca) == cert.Signed {
			list = append(list, ca)
		}
	}
	return list
}

// longest is the length of the longest chain that is followed.
const longest = 6

// leadsTo tells whether a CA, or another one with its key, signed a certificate, directly or through other CAs.
func leadsTo(c, root *cert.Certificate, all []*cert.Certificate, depth int) bool {
	if depth > longest {
		return false
	}
	for _, ca := range signersOf(c, all) {
		if ca.PublicKey == root.PublicKey || ca != c && leadsTo(ca, root, all, depth+1) {
			return true
		}
	}
	return false
}
