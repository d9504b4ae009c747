package web

import (
	"context"
	"net/http"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/platform"
	"cert-health/internal/trust"
)

// radius is what one certificate takes with it when it ends.
type radius struct {
	Reading    bool // the hub is still reading what VMs have
	Uses       []use
	Leaves     []below
	MoreLeaves int
	AllLeaves  int
	Jobs       []string
	Groups     string
	ID         string
}

// use is one connection that needs the certificate.
type use struct{ As, From, To, Breaks, Survives, Groups string }

// below is a leaf below a CA.
type below struct {
	Name, URL, Groups string
	Ends              ago
	WithCA            bool
}

const (
	// mostBelow is how many leaves below a CA are listed.
	mostBelow = 30
	// surveyWait is how long a page waits for a survey. The survey itself goes on, for the next page.
	surveyWait = 3 * time.Second
	// surveyTime bounds the survey.
	surveyTime = 2 * time.Minute
)

// soon is what is known of the platform, if it is known soon.
func (p *Pages) soon(r *http.Request) *platform.Look {
	ready := make(chan *platform.Look, 1)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), surveyTime)
	go func() {
		defer cancel()
		look, err := p.Platform.Look(ctx)
		if err != nil {
			p.log.Warn("a survey of the platform was not made", "error", err.Error())
		}
		ready <- look
	}()
	select {
	case look := <-ready:
		return look
	case <-time.After(surveyWait):
	case <-r.Context().Done():
	}
	return nil
}

// radiusOf is the part of the page of a certificate; nil where nothing is computed, and if nothing uses it.
func (p *Pages) radiusOf(r *http.Request, id inventory.ID) *radius {
	if p.Platform == nil {
		return nil
	}
	look := p.soon(r)
	if look == nil {
		return &radius{Reading: true}
	}
	found := look.Radius(string(id))
	if found == nil {
		return nil
	}
	of := &radius{ID: string(id), Jobs: found.Jobs, Groups: groupsWords(found.Groups), AllLeaves: len(found.Leaves), MoreLeaves: max(0, len(found.Leaves)-mostBelow)}
	for _, l := range found.Leaves[:min(mostBelow, len(found.Leaves))] {
		of.Leaves = append(of.Leaves, below{Name: l.Leaf.Name, URL: certificateURL(inventory.ID(l.Leaf.Fingerprint)), Groups: groupsWords(l.Groups), Ends: agoOf(look.At, l.Ends), WithCA: l.WithCA})
	}
	for as, list := range map[string][]trust.Use{"server": found.Server, "client": found.Client, "trusts": found.Trusts} {
		for _, u := range list {
			of.Uses = append(of.Uses, use{As: as, From: u.From, To: u.To, Breaks: u.Breaks, Survives: u.Survives, Groups: groupsWords(u.Groups)})
		}
	}
	sortUses(of.Uses)
	if len(of.Uses)+len(of.Leaves)+len(of.Jobs) == 0 {
		return nil
	}
	return of
}
