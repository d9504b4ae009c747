package tls

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"syscall"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/handshake"
)

// visit looks at one item: at one address of a host, or at the first that answers.
type visit struct {
	target    *target
	addresses []netip.Addr // to try, until one answers
	alone     bool         // the host has no other address

	cut         bool // the collection ended before the answer
	seen        handshake.Outcome
	at          netip.Addr // the one that answered, or failed last
	connections int
}

func (v *visit) path() string { return v.target.below(v.addresses[0]) }

// run tries the addresses. Each has the host's time-out.
func (v *visit) run(ctx context.Context) {
	for _, a := range v.addresses {
		if v.at, v.seen = a, v.ask(ctx, a); len(v.seen.Chain) > 0 {
			return
		}
		if v.cut = ctx.Err() != nil; v.cut {
			return
		}
	}
}

// ask asks one address. If the configuration does not say how TLS begins, what the server answers may.
func (v *visit) ask(ctx context.Context, a netip.Addr) handshake.Outcome {
	ctx, cancel := context.WithTimeout(ctx, v.target.Timeout)
	defer cancel()
	seen := v.connect(ctx, a, v.target.dialect.begin)
	var tried []handshake.Approach
	for v.target.scheme == nil && seen.Retry != handshake.None && !slices.Contains(tried, seen.Retry) && ctx.Err() == nil {
		how := seen.Retry
		tried = append(tried, how)
		seen = v.connect(ctx, a, func(w *handshake.Wire, serverName string) handshake.Outcome {
			return w.Begin(how, serverName, v.target.Timeout/10)
		})
	}
	return seen
}

func (v *visit) connect(ctx context.Context, a netip.Addr, begin func(*handshake.Wire, string) handshake.Outcome) handshake.Outcome {
	v.connections++
	dialer := &net.Dialer{KeepAlive: -1}
	connection, err := dialer.DialContext(ctx, "tcp", netip.AddrPortFrom(a, v.target.port).String())
	if err != nil {
		return handshake.Outcome{Protocol: handshake.Unknown, Err: err}
	}
	w := handshake.Open(ctx, connection)
	defer w.Close()
	return begin(w, v.serverName())
}

// serverName is the name that is sent to the server. TLS has no addresses there.
func (v *visit) serverName() string {
	name := v.target.asked()
	if _, err := netip.ParseAddr(name); err == nil {
		return ""
	}
	return name
}

// ignored tells whether the address is one of several, and of a kind that this machine cannot reach at all.
func (v *visit) ignored() bool {
	err := v.seen.Err
	return !v.alone && v.at.Is6() && (errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT))
}

// reason says why there is no chain. It stays the same as long as the cause does.
func (v *visit) reason() string {
	switch err := v.seen.Err; {
	case v.seen.Protocol == handshake.Plain && v.target.dialect.starttls != "":
		return "it does not offer TLS after the messages of " + v.target.dialect.name
	case v.seen.Protocol == handshake.Plain:
		return "it answers, but not with TLS"
	case err == nil:
		return "it ended the handshake without a certificate"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL):
		return "there is no route to its address"
	default:
		return handshake.Reason(err)
	}
}

// details are what people want to know of an answer.
func (v *visit) details() []inventory.Detail {
	details := []inventory.Detail{
		{Name: "Address", Value: net.JoinHostPort(v.at.String(), strconv.Itoa(int(v.target.port)))},
		{Name: "Protocol", Value: string(v.seen.Protocol)},
	}
	if name := v.serverName(); name != "" {
		details = append(details, inventory.Detail{Name: "Asked for", Value: name})
	}
	if !v.seen.Proven {
		details = append(details, inventory.Detail{Name: "Private key", Value: "The server ended the handshake before it proved that it has the key."})
	}
	return details
}
