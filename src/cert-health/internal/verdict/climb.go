package verdict

import (
	"time"

	"cert-health/internal/cert"
)

// climb is the way from a leaf up to the CAs that are trusted on the VM, by verified
// signatures. On it, a CA of the leaf's own job may be an intermediate, wherever it
// stands; elsewhere on the VM only those count that are trusted themselves: what
// another job shows does not help this one.
type climb struct {
	*judge
	leaf   *cert.Certificate
	where  place
	enough time.Time // a chain that holds until then is as good as any

	links     []link // reached so far: the leaf, then intermediates
	best      chain
	untold    bool // a signature could not be verified: nothing may be concluded
	obstacles []obstacle
	absent    []obstacle // CAs that signed and stand only where others show them
}

// link is a certificate that was reached, and the chain that leads to it.
type link struct {
	*cert.Certificate
	chain
}

// chain ends with the first of its CAs that does.
type chain struct {
	end  time.Time
	ends *deployedCA // nil when there is no chain
}

// with is the chain with one more CA in it.
func (c chain) with(ca *deployedCA) chain {
	if c.ends == nil || ca.Certificate.NotAfter.Before(c.end) {
		return chain{ca.Certificate.NotAfter, ca}
	}
	return c
}

// obstacle is a CA that signed a link and leads no further.
type obstacle struct {
	cause cause
	link  *cert.Certificate
	ca    *deployedCA
	at    cert.Location
}

// maxLinks bounds the work. Nothing is said of a leaf with more CAs above it.
const maxLinks = 64

// climb climbs until a chain is found that holds long enough, or all are seen.
func (j *judge) climb(leaf *cert.Certificate, where place, enough time.Time) *climb {
	c := &climb{judge: j, leaf: leaf, where: where, enough: enough, links: []link{{Certificate: leaf}}}
	for i := 0; i < len(c.links) && !c.done(); i++ {
		c.from(c.links[i])
	}
	return c
}

func (c *climb) done() bool {
	c.untold = c.untold || len(c.links) > maxLinks
	return c.untold || c.best.ends != nil && !c.best.end.Before(c.enough)
}

// from goes on to those that signed the link.
func (c *climb) from(l link) {
	for _, ca := range c.cas[l.Issuer] {
		if ca.Certificate == l.Certificate {
			continue
		}
		switch c.signing(l.Certificate, ca.Certificate) {
		case cert.Signed:
			c.step(l, ca)
		case cert.Unverifiable:
			c.untold = true
		}
		if c.done() {
			return
		}
	}
}

// step goes on to one of them.
func (c *climb) step(l link, ca *deployedCA) {
	at, beside := ca.beside(c.where)
	next := link{ca.Certificate, l.with(ca)}
	switch {
	case !beside && !ca.trusted:
		c.absent = append(c.absent, obstacle{missingIntermediate, l.Certificate, ca, ca.Locations[0]})
	case !valid(ca.Certificate, c.facts.Now):
		c.obstruct(obstacle{outdated, l.Certificate, ca, at}, beside)
	case ca.Certificate.ForbiddenName(c.leaf) != "":
		c.obstruct(obstacle{forbidden, l.Certificate, ca, at}, beside)
	case !ca.trusted:
		c.reach(next)
	case next.end.After(c.best.end):
		c.best = next.chain
	}
}

// obstruct notes a CA that leads no further, if it says anything about the leaf's job.
func (c *climb) obstruct(o obstacle, beside bool) {
	if beside && c.certain(o) {
		c.obstacles = append(c.obstacles, o)
	}
}

// reach notes an intermediate, again if a chain leads to it that holds longer.
func (c *climb) reach(next link) {
	for _, known := range c.links {
		if known.Certificate == next.Certificate && !next.end.After(known.end) {
			return
		}
	}
	c.links = append(c.links, next)
}

// certain tells whether peers certainly meet the obstacle. One that is trusted in the job
// they do, and so they do an intermediate that signed the leaf and is shown with it. But
// a root in the leaf's own file may be there for nothing, and an intermediate further up
// be cross-signed, for peers that do not have its other self: it takes a CA of the job
// above it.
func (c *climb) certain(o obstacle) bool {
	own := o.at.File == c.where.file
	switch {
	case !o.at.SentWithLeaf && !(own && whole(o.at.Form)):
		return true
	case o.ca.Certificate.SelfIssued:
		return false
	case o.link == c.leaf && own:
		return true
	}
	_, above := c.root(o.ca.Certificate)
	return above
}

// whole tells whether certificates that are written so belong to their file, and not to
// one of several values in it: those of a key store, and of a PEM file with text between
// them, which may be a chain for all that.
func whole(form cert.Form) bool {
	return form == cert.PEM || form == cert.DER || form == cert.PKCS7 || form == cert.PKCS12 || form == cert.JKS
}

// root finds the valid CA which signed another and is trusted in the leaf's job.
func (c *climb) root(of *cert.Certificate) (root stranger, found bool) {
	for _, ca := range c.cas[of.Issuer] {
		at, beside := ca.beside(c.where)
		if beside && !at.SentWithLeaf && ca.Certificate != of && valid(ca.Certificate, c.facts.Now) &&
			c.signing(of, ca.Certificate) == cert.Signed {
			return stranger{ca.Certificate, at.File}, true
		}
	}
	return stranger{}, false
}
