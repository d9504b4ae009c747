package verdict

import (
	"crypto/x509"
	"slices"

	"cert-health/internal/cert"
)

// fault is the result of the climb. The most certain fault comes first.
func (c *climb) fault(t Thresholds) *fault {
	leafValid := valid(c.leaf, c.facts.Now)
	switch {
	case c.uncertain:
		return nil
	case c.best.first != nil && leafValid:
		return first(c.outlives(t), c.behindNamesake())
	case c.best.first != nil:
		return nil
	case !leafValid: // the leaf's own dates come before the dates of its CA
		return c.notSigned()
	}
	return first(c.obstructed(), c.notSigned(), c.missingCA(), c.missingIntermediate())
}

func first(faults ...*fault) *fault {
	for _, f := range faults {
		if f != nil {
			return f
		}
	}
	return nil
}

// obstructed finds a CA that signed and cannot be used.
func (c *climb) obstructed() *fault {
	if len(c.obstacles) == 0 {
		return nil
	}
	o := c.obstacles[0]
	return &fault{cause: o.cause, severity: Error, link: o.link, detail: c.forbidden(o.ca.Certificate, c.leaf, c.where.job),
		cas: []locatedCA{{o.ca.Certificate, o.at.File}}}
}

// notSigned finds a link with CAs of its issuer's name beside it, although no CA of that
// name on the VM signed it. Dates do not matter.
func (c *climb) notSigned() *fault {
	for _, l := range c.links {
		list, complete := c.issuers(l.Certificate, c.where.job)
		if !complete || slices.ContainsFunc(list, func(ca *deployedCA) bool { return c.mayTrust(ca, l.Certificate) }) {
			continue
		}
		if others := c.nonSigners(l.Certificate, list); len(others) > 0 {
			return &fault{cause: wrongKey, severity: Error, link: l.Certificate, cas: others}
		}
	}
	return nil
}

// mayTrust tells whether a CA signed the link, or may have signed it. A root that is only
// sent with a leaf does not count: a peer that does not have it does not trust it.
func (c *climb) mayTrust(ca *deployedCA, l *cert.Certificate) bool {
	return c.maySign(l, ca, c.where.job) && (ca.trusted || !c.selfSigned(ca.Certificate))
}

// nonSigners are the CAs of the issuer's name beside the leaf that did not sign the link,
// without those that are sent with another leaf.
func (c *climb) nonSigners(l *cert.Certificate, named []*deployedCA) []locatedCA {
	var list []locatedCA
	for _, ca := range named {
		at, beside := ca.beside(c.where)
		if !beside || at.SentWithLeaf && at.File != c.where.file || c.signing(l, ca.Certificate, c.where.job) != cert.NotSigned {
			continue
		}
		if c.unrelated(l, ca.Certificate, named) {
			continue
		}
		list = append(list, locatedCA{ca.Certificate, at.File})
	}
	return list
}

// unrelated tells whether the source keeps a CA in another secret than the CA that signed
// the link. Then they are not two generations of one CA, but two CAs with one name.
func (c *climb) unrelated(l, ca *cert.Certificate, named []*deployedCA) bool {
	at := c.facts.References[ca.Fingerprint]
	if at.Path == "" || !c.pairs(c.where.job, len(named)) {
		return false
	}
	if own := c.facts.References[l.Fingerprint]; own.Path != "" && own.FullPath() != at.FullPath() && c.selfSigned(l) {
		return true
	}
	return slices.ContainsFunc(named, func(signer *deployedCA) bool {
		own := c.facts.References[signer.Certificate.Fingerprint]
		return own.Path != "" && own.FullPath() != at.FullPath() && c.signing(l, signer.Certificate, c.where.job) == cert.Signed
	})
}

// missingCA finds a bundle of the job that lacks the CA with which the leaf is sent,
// although the source's bundle holds it.
func (c *climb) missingCA() *fault {
	own := c.ofJob[c.where.job]
	for _, l := range c.links[1:] {
		if !c.pairs(c.where.job, len(own)) {
			return nil
		}
		for _, ca := range own {
			at, beside := ca.beside(c.where)
			if !beside || at.SentWithLeaf {
				continue
			}
			if r := c.facts.References[ca.Certificate.Fingerprint]; holdsCA(r, l.Fingerprint) {
				return &fault{cause: missingCA, severity: Error, link: c.leaf, cas: []locatedCA{{l.Certificate, at.File}},
					detail: c.placeOf(&r) + version(" (version %d)", r.CurrentVersion)}
			}
		}
	}
	return nil
}

// holdsCA tells whether the source holds a CA in place of another one, or beside it.
func holdsCA(r cert.Reference, ca cert.Fingerprint) bool {
	return r.Current != nil && r.Current.Fingerprint == ca ||
		slices.ContainsFunc(r.Bundle, func(s cert.Summary) bool { return s.Fingerprint == ca })
}

// missingIntermediate finds an intermediate that leads to a CA of the job and stands behind
// another leaf, but not in this leaf's file. It is a warning: peers may trust the
// intermediate itself.
func (c *climb) missingIntermediate() *fault {
	for _, o := range c.absent {
		root, found := c.root(o.ca.Certificate)
		if found && valid(o.ca.Certificate, c.facts.Now) {
			return &fault{cause: missingIntermediate, severity: Warning, link: o.link, detail: o.at.File,
				cas: []locatedCA{root, {o.ca.Certificate, o.at.File}}}
		}
	}
	return nil
}

// outlives finds a CA that expires soon, and before the leaf. The CA has a finding of its
// own, but that one does not say which leaves depend on the CA.
func (c *climb) outlives(t Thresholds) *fault {
	ca := c.best.first
	at, beside := ca.beside(c.where)
	if !beside || !c.best.end.Before(c.leaf.NotAfter) || !c.isExpiring(ca.Certificate, t) || c.isExpiring(c.leaf, t) {
		return nil
	}
	return &fault{cause: outlives, severity: Info, link: c.leaf, cas: []locatedCA{{ca.Certificate, at.File}}}
}

// behindNamesake finds the CA that signed the leaf behind another CA with its name in one
// bundle, if only the signature distinguishes the two. OpenSSL takes the first one that is
// valid and whose key identifier, if any, fits; crypto/x509 tries all of them.
func (c *climb) behindNamesake() *fault {
	type taking struct {
		file string
		key  x509.PublicKeyAlgorithm
	}
	first := map[taking]*cert.Certificate{}
	list, _ := c.issuers(c.leaf, c.where.job)
	for _, ca := range list {
		at, beside := ca.beside(c.where)
		if !beside || at.SentWithLeaf || c.leaf.RulesOut(ca.Certificate) || c.signing(c.leaf, ca.Certificate, c.where.job) != cert.Signed {
			continue
		}
		from := taking{at.File, ca.Certificate.KeyAlgorithm}
		taken, known := first[from]
		if !known {
			taken = c.firstOf(at.File, ca.Certificate)
			first[from] = taken
		}
		if taken != nil && c.signing(c.leaf, taken, c.where.job) == cert.NotSigned {
			return &fault{cause: behindNamesake, severity: Info, link: c.leaf, cas: []locatedCA{{ca.Certificate, at.File}}}
		}
	}
	return nil
}

// firstOf is the CA of a bundle that OpenSSL takes as the signer of the leaf.
func (c *climb) firstOf(file string, signer *cert.Certificate) (taken *cert.Certificate) {
	position := -1
	for _, ca := range c.cas[c.leaf.Issuer] { // issuers has paid for them
		at := c.bundles[file].index(ca.Certificate.Fingerprint)
		fits := at >= 0 && valid(ca.Certificate, c.facts.Now) && !c.leaf.RulesOut(ca.Certificate) &&
			ca.Certificate.KeyAlgorithm == signer.KeyAlgorithm
		if fits && (position < 0 || at < position) {
			position, taken = at, ca.Certificate
		}
	}
	return taken
}
