package repair

import (
	"cert-health/internal/cert"
	"errors"
	"fmt"
	"slices"
	"time"
)

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
