package tls

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"cert-health/hub/internal/inventory"
)

// Type is the type of these sources.
const Type = "tls"

// source implements inventory.Source.
type source struct {
	options Options
	targets []target
	judge   judge
}

// New prepares a source. It sends nothing. The options have no problems.
func New(_ string, options Options) (inventory.Source, error) {
	options = options.withDefaults()
	s := &source{options: options, judge: judge{now: options.Now, roots: options.Roots}}
	for _, host := range options.Hosts {
		if host.CACert == "" {
			host.CACert = options.CACert
		}
		var err error
		if host.CACert, err = readCAs(host.CACert); err != nil {
			return nil, fmt.Errorf("read the CAs of the host %q: %w", host.Host, err)
		}
		if host.Timeout == 0 {
			host.Timeout = options.HostTimeout
		}
		if host.Addresses == "" {
			host.Addresses = options.Addresses
		}
		t, err := parse(host)
		if err != nil {
			return nil, fmt.Errorf("read the host %q: %w", host.Host, err)
		}
		s.targets = append(s.targets, t)
	}
	return s, nil
}

// Collect implements inventory.Source.
func (s *source) Collect(ctx context.Context, known inventory.Known) (*inventory.Collection, error) {
	resolved := make([]resolution, len(s.targets))
	s.each(len(s.targets), func(i int) { resolved[i] = s.resolve(ctx, &s.targets[i]) })
	var visits []visit
	for i := range resolved {
		visits = append(visits, resolved[i].visits...)
	}
	s.each(len(visits), func(i int) { visits[i].run(ctx) })
	if ctx.Err() != nil && !anySeen(visits) {
		return nil, errors.New("the time of the collection ended before any host was seen: set a longer timeout for the source, or a shorter host_timeout")
	}
	c := &inventory.Collection{}
	for i := range resolved {
		s.unresolved(c, &resolved[i], known)
	}
	for i := range visits {
		s.visited(c, &visits[i], known)
	}
	return c, nil
}

// each calls a function with each number below n, so many at a time as the options say.
func (s *source) each(n int, call func(i int)) {
	var working sync.WaitGroup
	free := make(chan struct{}, s.options.Concurrency)
	for i := range n {
		free <- struct{}{}
		working.Go(func() {
			defer func() { <-free }()
			call(i)
		})
	}
	working.Wait()
}

func anySeen(visits []visit) bool {
	for i := range visits {
		if len(visits[i].seen.Chain) > 0 {
			return true
		}
	}
	return false
}

// unresolved adds what is to say about a host whose addresses are not known, or not all asked.
func (s *source) unresolved(c *inventory.Collection, r *resolution, known inventory.Known) {
	path := r.target.path()
	switch {
	case r.cut:
		c.Unseen = append(c.Unseen, inventory.Unseen{Path: path, Reason: late}, inventory.Unseen{Path: path + "/", Reason: late})
	case r.err != "":
		item := kept(path, known)
		item.Findings = append(item.Findings, r.target.unreachable(r.err))
		c.Items = append(c.Items, item)
		if r.target.Addresses == All { // the items of its addresses stay
			path += "/"
		}
		c.Unseen = append(c.Unseen, inventory.Unseen{Path: path, Reason: sentence(r.err)})
	}
	for _, a := range r.left {
		c.Unseen = append(c.Unseen, inventory.Unseen{Path: r.target.below(a), Reason: fmt.Sprintf(
			"The name has more than %d addresses, and the others are not asked: set addresses to first, or list the addresses as hosts.", maxAddresses)})
	}
}

// visited adds what a visit has seen.
func (s *source) visited(c *inventory.Collection, v *visit, known inventory.Known) {
	c.Requests += v.connections
	path := v.path()
	switch {
	case v.cut:
		c.Unseen = append(c.Unseen, inventory.Unseen{Path: path, Reason: late})
		return
	case v.ignored():
		c.Unseen = append(c.Unseen, inventory.Unseen{Path: path, Reason: "The hub's VM has no route to IPv6 addresses: give it one, or list the IPv4 address as the host."})
		return
	case len(v.seen.Chain) == 0:
		item := kept(path, known)
		item.Findings = append(item.Findings, v.target.unreachable(v.reason()))
		c.Items = append(c.Items, item)
		c.Unseen = append(c.Unseen, inventory.Unseen{Path: path, Reason: sentence(v.reason())})
		return
	}
	item := inventory.Item{Path: path, Kind: kindHost, Details: v.details(), Findings: s.judge.findings(v)}
	for i, certificate := range v.seen.Chain {
		own := inventory.New(certificate)
		c.Certificates = append(c.Certificates, own)
		item.Sightings = append(item.Sightings, inventory.Sighting{Certificate: own.ID, Place: place(i), State: inventory.Current})
	}
	c.Items = append(c.Items, item)
}

// late is why the rest of a collection was not seen.
const late = "The time of the collection ended before the host answered: set a longer timeout for the source, or a shorter host_timeout."

// kindHost is the kind of the items.
const kindHost = "host"

// place names a certificate of a chain; empty for the server's own.
func place(i int) string {
	if i == 0 {
		return ""
	}
	return fmt.Sprintf("chain %d", i)
}

// kept is the item as it was last seen, without the finding that it could not be seen.
func kept(path string, known inventory.Known) inventory.Item {
	item, _ := known.Item(path)
	item.Path, item.Kind = path, kindHost
	var findings []inventory.Finding
	for _, f := range item.Findings {
		if f.Code != inventory.Unreachable {
			findings = append(findings, f)
		}
	}
	item.Findings = findings
	return item
}

// sentence makes a sentence of a reason.
func sentence(reason string) string {
	return strings.ToUpper(reason[:1]) + reason[1:] + ". Check that the server runs, and that the hub may reach it."
}
