package verdict

import (
	"time"

	"cert-health/internal/cert"
)

// climb follows verified signatures from a leaf up to the CAs that are trusted on the VM.
// Any CA of the leaf's own job may be an intermediate. Elsewhere on the VM only trusted CAs
// count: what another job's server sends does not help this one.
type climb struct {
	*judge
	leaf   *cert.Certificate
	where  place
	enough time.Time // a chain that lasts until then is good enough

	links     []link // the leaf, then the intermediates reached so far
	best      chain
	uncertain bool // a signature could not be verified: nothing follows
	obstacles []obstacle
	absent    []obstacle // CAs that signed and stand only in the chains of other leaves
}

// link is a certificate that the climb reached, and the chain that leads to it.
type link struct {
	*cert.Certificate
	chain
}

// chain is a list of CAs. It lasts until the first of them expires.
type chain struct {
	end   time.Time
	first *deployedCA // the CA that expires first; nil if there is no chain
}

// with is the chain with one more CA in it.
func (c chain) with(ca *deployedCA) chain {
	if c.first == nil || ca.Certificate.NotAfter.Before(c.end) {
		return chain{ca.Certificate.NotAfter, ca}
	}
	return c
}

// obstacle is a CA that signed a link and does not lead further up.
type obstacle struct {
	cause cause
	link  *cert.Certificate
	ca    *deployedCA
	at    cert.Location
}

// maxLinks limits the work. A leaf with more CAs above it is not judged.
const maxLinks = 64

// climb climbs until it finds a chain that lasts long enough, or has seen all of them.
func (j *judge) climb(leaf *cert.Certificate, where place, enough time.Time) *climb {
	c := &climb{judge: j, leaf: leaf, where: where, enough: enough, links: []link{{Certificate: leaf}}}
	for i := 0; i < len(c.links) && !c.done(); i++ {
		c.climbFrom(c.links[i])
	}
	return c
}

func (c *climb) done() bool {
	c.uncertain = c.uncertain || len(c.links) > maxLinks
	return c.uncertain || c.best.first != nil && !c.best.end.Before(c.enough)
}

// climbFrom goes on to the CAs that signed the link.
func (c *climb) climbFrom(l link) {
	list, complete := c.issuers(l.Certificate, c.where.job)
	c.uncertain = c.uncertain || !complete
	for _, ca := range list {
		switch c.signing(l.Certificate, ca.Certificate, c.where.job) {
		case cert.Signed:
			c.step(l, ca)
		case cert.Unverifiable: // in another job, it has nothing to do with this leaf
			c.uncertain = c.uncertain || ca.of(c.where.job)
		}
		if c.done() {
			return
		}
	}
}

// step goes on to one of these CAs.
func (c *climb) step(l link, ca *deployedCA) {
	at, beside := ca.beside(c.where)
	next := link{ca.Certificate, l.with(ca)}
	switch {
	case !beside && !ca.trusted:
		c.absent = append(c.absent, obstacle{missingIntermediate, l.Certificate, ca, ca.Locations[0]})
	case !valid(ca.Certificate, c.facts.Now):
		c.obstruct(obstacle{outdated, l.Certificate, ca, at}, beside)
	case c.forbidden(ca.Certificate, c.leaf, c.where.job) != "":
		c.obstruct(obstacle{forbidden, l.Certificate, ca, at}, beside)
	case !ca.trusted:
		c.reach(next)
	case next.end.After(c.best.end):
		c.best = next.chain
	}
}

// obstruct notes an obstacle, if it is certain that it concerns the leaf's job.
func (c *climb) obstruct(o obstacle, beside bool) {
	if beside && len(c.obstacles) == 0 && c.certain(o) { // the first one is enough
		c.obstacles = append(c.obstacles, o)
	}
}

// reach notes an intermediate, and notes it again if a longer-lasting chain leads to it.
func (c *climb) reach(next link) {
	for _, known := range c.links {
		if known.Certificate == next.Certificate && !next.end.After(known.end) {
			return
		}
	}
	c.links = append(c.links, next)
}

// certain tells whether peers certainly meet the obstacle. They do if the job trusts it, or
// if it is an intermediate that signed the leaf and is sent with it. But a root in the
// leaf's own file may have no effect. And an intermediate further up may be cross-signed,
// for peers that do not have its other certificate: then a CA of the job must be above it.
func (c *climb) certain(o obstacle) bool {
	own := o.at.File == c.where.file
	switch {
	case !o.at.SentWithLeaf && !(own && o.at.Form.WholeFile()):
		return true
	case o.ca.Certificate.SelfIssued:
		return false
	case o.link == c.leaf && own:
		return true
	}
	_, above := c.root(o.ca.Certificate)
	return above
}

// root finds a valid CA that signed another one and that the leaf's job trusts.
func (c *climb) root(of *cert.Certificate) (root locatedCA, found bool) {
	list, _ := c.issuers(of, c.where.job)
	for _, ca := range list {
		at, beside := ca.beside(c.where)
		if beside && !at.SentWithLeaf && valid(ca.Certificate, c.facts.Now) &&
			c.signing(of, ca.Certificate, c.where.job) == cert.Signed {
			return locatedCA{ca.Certificate, at.File}, true
		}
	}
	return locatedCA{}, false
}
