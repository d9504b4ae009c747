package ingest

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"cert-health/hub/internal/inventory"
)

// objection is why a sender may not speak for an instance.
type objection struct {
	sentence string // for the sender
	detail   string // for the event, which names the other side
}

// admit makes sure that an agent speaks for its own instance. It returns the answer if it does not.
func (i *Intake) admit(from *sender, key inventory.InstanceKey, now time.Time) *answer {
	var no *objection
	switch list, known := i.listings.all(); {
	case i.options.Roster == nil && !from.nats:
		no = i.book.bind(key, from.voice(), now)
	case !known:
		a := later(http.StatusServiceUnavailable, "the hub does not know yet which instances the Director lists", startPause)
		return &a
	case from.nats:
		no = list.named(key, from)
	default:
		no = list.at(key, from)
	}
	if no == nil {
		return nil
	}
	if i.refusals.refused(now, key, from, no) && i.options.Roster != nil {
		i.options.Roster.Ask()
	}
	a := refuse(http.StatusForbidden, no.sentence)
	return &a
}

// admitReport is admit for what is to be stored. Without a Director, the newest binding is that of the database.
func (i *Intake) admitReport(ctx context.Context, from *sender, key inventory.InstanceKey) *answer {
	if i.options.Roster == nil && !i.book.bound(key, from.voice()) {
		if err := i.sync(ctx); err != nil {
			i.fault(notStored, err)
			a := later(http.StatusServiceUnavailable, "the hub cannot read its database now: see its log", faultPause)
			return &a
		}
	}
	return i.admit(from, key, i.clock.Now())
}

// listing is what a Director says of one instance.
type listing struct {
	addresses []netip.Addr
	agent     string
}

// mostShown bounds the addresses in an event.
const mostShown = 5

func (l listing) where() string {
	if len(l.addresses) == 0 {
		return "no address"
	}
	var all []string
	for _, address := range l.addresses[:min(mostShown, len(l.addresses))] {
		all = append(all, address.String())
	}
	return strings.Join(all, ", ")
}

// listed are the instances of all Directors.
type listed map[inventory.InstanceKey]listing

// listings is the newest list.
type listings struct{ current atomic.Pointer[listed] }

func (l *listings) all() (listed, bool) {
	if list := l.current.Load(); list != nil {
		return *list, true
	}
	return nil, false
}

func (l *listings) set(list []inventory.Listed) {
	all := make(listed, len(list))
	for _, instance := range list {
		one := listing{agent: instance.AgentID}
		for _, text := range instance.Addresses {
			if address, err := netip.ParseAddr(text); err == nil {
				one.addresses = append(one.addresses, address.Unmap())
			}
		}
		all[instance.Key()] = one
	}
	l.current.Store(&all)
}

func notListed(key inventory.InstanceKey) *objection {
	return &objection{
		"the Director does not list " + string(key) + "; a new instance is known after the next collection of the source of type director",
		"the Director does not list it",
	}
}

// at tells whether the request came from the instance's address.
func (l listed) at(key inventory.InstanceKey, from *sender) *objection {
	one, found := l[key]
	switch {
	case !found:
		return notListed(key)
	case slices.Contains(one.addresses, from.peer):
		return nil
	}
	return &objection{
		"the Director lists " + string(key) + " at another address than " + from.peer.String() + "; where a balancer stands before the hub, configure agents.proxies",
		"the Director lists it at " + one.where(),
	}
}

// named tells whether the client certificate is that of the instance's bosh-agent.
func (l listed) named(key inventory.InstanceKey, from *sender) *objection {
	one, found := l[key]
	switch {
	case !found:
		return notListed(key)
	case from.agent == "":
		return &objection{"the client certificate is not that of a bosh-agent that has its own", "the certificate is not that of a bosh-agent that has its own"}
	case one.agent == from.agent:
		return nil
	}
	return &objection{
		"the client certificate is that of the bosh-agent of another VM than " + string(key),
		"the Director lists it with the bosh-agent " + one.agent,
	}
}
