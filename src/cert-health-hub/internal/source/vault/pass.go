package vault

import (
	"context"
	"slices"
	"strings"
	"sync"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/strict"
	"cert-health/internal/vault/client"
)

// pass is one collection. Its methods may be called concurrently, each with its own worker.
type pass struct {
	*source
	known   inventory.Known
	workers []client.Reader
	stop    context.CancelFunc

	mutex        sync.Mutex
	items        []inventory.Item
	certificates map[inventory.ID]*cert.Certificate
	missed       []inventory.Unseen
	seen         bool   // Vault has answered with an item, or that there is none
	away         string // why the collection was given up; empty if it was not
	visited      int    // secrets
}

func newPass(s *source, known inventory.Known, stop context.CancelFunc) *pass {
	p := &pass{source: s, known: known, stop: stop, workers: make([]client.Reader, s.client.Concurrency()),
		certificates: map[inventory.ID]*cert.Certificate{}}
	for i := range p.workers {
		p.workers[i].Names = true
	}
	return p
}

// add adds an item, and the certificates that it shows.
func (p *pass) add(item inventory.Item, certificates ...*cert.Certificate) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.seen = true
	p.items = append(p.items, item)
	for _, c := range certificates {
		p.certificates[inventory.IDOf(c.Fingerprint)] = c
	}
}

// unseen notes a part that could not be seen.
func (p *pass) unseen(path, reason string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.missed = append(p.missed, inventory.Unseen{Path: path, Reason: reason})
}

// nothing notes that Vault answered, and has nothing at a path.
func (p *pass) nothing() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.seen = true
}

// patience is how many requests in a row Vault may leave without an answer, for each concurrent one.
const patience = 2

// check gives the collection up when Vault is gone: thousands of requests would fail one by one.
func (p *pass) check(err error) error {
	if !client.IsTemporary(err) || p.client.Unanswered() < patience*p.client.Concurrency() {
		return err
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.away == "" {
		p.away = err.Error()
		p.stop()
	}
	return err
}

// late is the reason when the time is over.
func (p *pass) late() string {
	return "the collection did not end in time: raise " + p.options.Client.Prefix + "timeout, or name fewer paths"
}

// excluded tells whether an item is not to be read.
func (p *pass) excluded(path string) bool {
	return slices.ContainsFunc(p.options.Exclude, func(glob string) bool { return strict.Match(glob, path) })
}

// excludedBelow tells whether nothing below a directory, which ends with a slash, is to be read.
func (p *pass) excludedBelow(directory string) bool {
	return slices.ContainsFunc(p.options.Exclude, func(glob string) bool {
		return strings.HasSuffix(glob, "/**") && strict.Match(glob, strings.TrimSuffix(directory, "/"))
	})
}

// complete tells whether the hub still has the certificates of an item.
func (p *pass) complete(item inventory.Item) bool {
	return !slices.ContainsFunc(item.Sightings, func(s inventory.Sighting) bool {
		_, held := p.known.Certificate(s.Certificate)
		return !held
	})
}

// maxUnseen is the largest number of single paths of an engine that are named. If there are more, the
// whole engine counts as unseen.
const maxUnseen = 100

func (p *pass) collection() *inventory.Collection {
	c := &inventory.Collection{Items: p.items, Unseen: condensed(p.missed)}
	slices.SortFunc(c.Items, func(a, b inventory.Item) int { return strings.Compare(a.Path, b.Path) })
	for id, found := range p.certificates {
		if _, held := p.known.Certificate(id); !held {
			c.Certificates = append(c.Certificates, inventory.Certificate{ID: id, Certificate: found})
		}
	}
	return c
}

// condensed sorts what was missed, and joins it if it is much.
func condensed(missed []inventory.Unseen) []inventory.Unseen {
	slices.SortFunc(missed, func(a, b inventory.Unseen) int {
		return strings.Compare(a.Path+"\x00"+a.Reason, b.Path+"\x00"+b.Reason)
	})
	missed = slices.Compact(missed)
	if len(missed) <= maxUnseen {
		return missed
	}
	first := missed[0]
	return []inventory.Unseen{{Path: "", Reason: "many paths could not be read; the first is " + first.Path + ": " + first.Reason}}
}
