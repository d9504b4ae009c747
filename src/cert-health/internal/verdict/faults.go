package verdict

import (
	"slices"

	"cert-health/internal/cert"
)

// fault says what comes of the climb, the surest first.
func (c *climb) fault(t Thresholds) *fault {
	lives := valid(c.leaf, c.facts.Now)
	switch {
	case c.untold:
		return nil
	case c.best.ends != nil && lives:
		return first(c.outlives(t), c.hidden())
	case c.best.ends != nil:
		return nil
	case !lives: // whatever its CA's dates are, its own come first
		return c.disowned()
	}
	return first(c.obstructed(), c.disowned(), c.withheld(), c.unlinked())
}

func first(faults ...*fault) *fault {
	for _, f := range faults {
		if f != nil {
			return f
		}
	}
	return nil
}

// obstructed finds a CA that signed and is of no use.
func (c *climb) obstructed() *fault {
	if len(c.obstacles) == 0 {
		return nil
	}
	o := c.obstacles[0]
	return &fault{cause: o.cause, severity: Error, link: o.link, detail: o.ca.Certificate.ForbiddenName(c.leaf),
		cas: []stranger{{o.ca.Certificate, o.at.File}}}
}

// disowned finds a link none of whose issuer's namesakes on the VM signed it, while there
// are such beside it. Dates do not matter.
func (c *climb) disowned() *fault {
	for _, l := range c.links {
		strangers := c.strangers(l.Certificate)
		if len(strangers) > 0 && !slices.ContainsFunc(c.cas[l.Issuer], func(ca *deployedCA) bool { return c.owns(ca, l.Certificate) }) {
			return &fault{cause: wrongKey, severity: Error, link: l.Certificate, cas: strangers}
		}
	}
	return nil
}

// owns tells whether a CA signed the link, or may have. A root that is only shown counts
// for nothing: who does not have it already does not trust it for being shown.
func (c *climb) owns(ca *deployedCA, l *cert.Certificate) bool {
	idle := ca.Certificate.SelfIssued && !ca.trusted
	return ca.Certificate != l && !idle && c.signing(l, ca.Certificate) != cert.NotSigned
}

// strangers are the CAs of the issuer's name beside the leaf that did not sign the link.
// What another leaf is shown with is none of this one's business.
func (c *climb) strangers(l *cert.Certificate) []stranger {
	var list []stranger
	for _, ca := range c.cas[l.Issuer] {
		at, beside := ca.beside(c.where)
		if !beside || at.SentWithLeaf && at.File != c.where.file || ca.Certificate == l || c.signing(l, ca.Certificate) != cert.NotSigned {
			continue
		}
		if c.unrelated(l, ca.Certificate) {
			continue
		}
		list = append(list, stranger{ca.Certificate, at.File})
	}
	return list
}

// unrelated tells whether the store keeps a CA elsewhere than the one that signed the
// link: then they are not two generations of one CA, but happen to have one name.
func (c *climb) unrelated(l, ca *cert.Certificate) bool {
	at := c.facts.References[ca.Fingerprint]
	return slices.ContainsFunc(c.cas[l.Issuer], func(signer *deployedCA) bool {
		own := c.facts.References[signer.Certificate.Fingerprint]
		return own.Path != "" && at.Path != "" && own.FullPath() != at.FullPath() && c.signing(l, signer.Certificate) == cert.Signed
	})
}

// withheld finds a bundle of the job that lacks the CA with which the leaf is shown,
// though the store holds that in its place.
func (c *climb) withheld() *fault {
	for _, l := range c.links[1:] {
		for i := range c.facts.Deployed {
			d := &c.facts.Deployed[i]
			at, beside := (&deployedCA{Deployed: d}).beside(c.where)
			if !d.Certificate.CA || !beside || at.SentWithLeaf {
				continue
			}
			if r := c.facts.References[d.Certificate.Fingerprint]; wants(r, l.Fingerprint) {
				return &fault{cause: missingCA, severity: Error, link: c.leaf, cas: []stranger{{l.Certificate, at.File}},
					detail: r.FullPath() + version(" (version %d)", r.CurrentVersion)}
			}
		}
	}
	return nil
}

// wants tells whether the store holds a CA in the place of another, or beside it.
func wants(r cert.Reference, ca cert.Fingerprint) bool {
	return r.Current != nil && r.Current.Fingerprint == ca ||
		slices.ContainsFunc(r.Bundle, func(s cert.Summary) bool { return s.Fingerprint == ca })
}

// unlinked finds an intermediate that leads to a CA of the job, and that others show
// along with their own while this leaf's file does not. It warns only: peers may trust
// the intermediate itself.
func (c *climb) unlinked() *fault {
	for _, o := range c.absent {
		root, found := c.root(o.ca.Certificate)
		if found && valid(o.ca.Certificate, c.facts.Now) {
			return &fault{cause: missingIntermediate, severity: Warning, link: o.link, detail: o.at.File,
				cas: []stranger{root, {o.ca.Certificate, o.at.File}}}
		}
	}
	return nil
}

// outlives finds the CA that ends before the leaf, and so soon that somebody should
// know. It has its own finding, and one that its successor stands beside weighs little;
// but which leaves still depend on it, nobody would guess.
func (c *climb) outlives(t Thresholds) *fault {
	ca := c.best.ends
	at, beside := ca.beside(c.where)
	if !beside || !c.best.end.Before(c.leaf.NotAfter) || !c.ending(ca.Certificate, t) || c.ending(c.leaf, t) {
		return nil
	}
	return &fault{cause: outlives, severity: Info, link: c.leaf, cas: []stranger{{ca.Certificate, at.File}}}
}

// hidden finds the CA that signed the leaf behind another one of its name, in one bundle,
// when nothing but the signature tells the two apart. OpenSSL takes the first that is
// valid and whose key identifier, if any, fits; crypto/x509 tries all.
func (c *climb) hidden() *fault {
	for _, ca := range c.cas[c.leaf.Issuer] {
		at, beside := ca.beside(c.where)
		if !beside || at.SentWithLeaf || c.leaf.RulesOut(ca.Certificate) || c.signing(c.leaf, ca.Certificate) != cert.Signed {
			continue
		}
		if taken := c.firstOf(at.File, ca.Certificate); taken != nil && c.signing(c.leaf, taken) == cert.NotSigned {
			return &fault{cause: hidden, severity: Info, link: c.leaf, cas: []stranger{{ca.Certificate, at.File}}}
		}
	}
	return nil
}

// firstOf is the CA of a bundle which OpenSSL takes for the one that signed the leaf.
func (c *climb) firstOf(file string, signer *cert.Certificate) (taken *cert.Certificate) {
	place := -1
	for _, ca := range c.cas[c.leaf.Issuer] {
		at := slices.Index(c.bundles[file], ca.Certificate.Fingerprint)
		fits := at >= 0 && valid(ca.Certificate, c.facts.Now) && !c.leaf.RulesOut(ca.Certificate) &&
			ca.Certificate.KeyAlgorithm == signer.KeyAlgorithm
		if fits && (place < 0 || at < place) {
			place, taken = at, ca.Certificate
		}
	}
	return taken
}
