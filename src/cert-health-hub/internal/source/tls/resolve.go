package tls

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"

	"cert-health/internal/handshake"
)

// resolution is what is known of the addresses of a host.
type resolution struct {
	target *target
	visits []visit
	left   []netip.Addr // more than are asked
	err    string       // why the addresses are not known; empty if they are
	cut    bool         // the collection ended before the answer
}

// lookup asks the system's resolver.
func lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

func (s *source) resolve(collection context.Context, t *target) resolution {
	r := resolution{target: t}
	if a, literal := t.address(); literal {
		r.visits = []visit{{target: t, addresses: []netip.Addr{a}, alone: true}}
		return r
	}
	ctx, cancel := context.WithTimeout(collection, t.Timeout)
	defer cancel()
	found, err := s.options.Lookup(ctx, t.name)
	if err != nil || len(found) == 0 {
		r.err, r.cut = notResolved(err), collection.Err() != nil
		return r
	}
	for i := range found {
		found[i] = found[i].Unmap()
	}
	if t.Addresses == All {
		slices.SortFunc(found, netip.Addr.Compare) // the order of answers changes each time
	}
	found = unique(found)
	if len(found) > maxAddresses {
		found, r.left = found[:maxAddresses], found[maxAddresses:]
	}
	if t.Addresses == First {
		r.visits, r.left = []visit{{target: t, addresses: found, alone: true}}, nil
		return r
	}
	for _, a := range found {
		r.visits = append(r.visits, visit{target: t, addresses: []netip.Addr{a}, alone: len(found) == 1})
	}
	return r
}

func unique(list []netip.Addr) (once []netip.Addr) {
	for _, a := range list {
		if !slices.Contains(once, a) {
			once = append(once, a)
		}
	}
	return once
}

// notResolved says why a name has no addresses.
func notResolved(err error) string {
	dns := (*net.DNSError)(nil)
	switch {
	case err == nil:
		return "its name has no address"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "its name does not exist in DNS"
	case errors.As(err, &dns) && dns.IsTimeout, errors.Is(err, context.DeadlineExceeded):
		return "DNS did not answer in time for its name"
	}
	return "its name cannot be resolved: " + handshake.Printable(cause(err))
}

// cause is an error of DNS without the addresses and ports in it, which may differ each time.
func cause(err error) string {
	if dns := (*net.DNSError)(nil); errors.As(err, &dns) {
		return dns.Err
	}
	return err.Error()
}
