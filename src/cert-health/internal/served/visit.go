package served

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"

	"cert-health/internal/cert"
	"cert-health/internal/extract/dercert"
)

// visit is one probe of one socket: a connection without a server name, one more
// where the first shows that another protocol is spoken, and one for each name that
// may show something else.
type visit struct {
	options *Options
	record  *record
	names   []string
	targets []netip.AddrPort
}

// outcome is what a visit saw, or one connection of it.
type outcome struct {
	protocol Protocol
	shown    []Shown
	err      error
	lost     error    // of the handshake for a further name, which is worth another try
	retry    approach // worth another connection; none when it is not
}

var errUnreachable = errors.New("other sockets answer on every address under which it could be reached")

func (v *visit) run(ctx context.Context) {
	at := v.options.Now()
	seen := outcome{protocol: Unknown, err: errUnreachable}
	if len(v.targets) > 0 {
		seen = v.first(ctx)
	}
	if len(seen.shown) > 0 || alerted(seen.err) {
		v.further(ctx, &seen)
	}
	if ctx.Err() == nil { // what was cut short is neither good nor bad
		v.record.book(at, seen)
	}
}

// first finds out what the server speaks, if that is not known, and sees what it shows
// without a name.
func (v *visit) first(ctx context.Context) outcome {
	how, known := v.guess(), v.record.result.Protocol.encrypted()
	var tried []approach
	for {
		seen := v.connect(ctx, how, "")
		tried = append(tried, how)
		if known || seen.retry == none || slices.Contains(tried, seen.retry) || ctx.Err() != nil {
			return seen
		}
		how = seen.retry
	}
}

// guess is how to begin: as it went before, or as the program's name suggests.
func (v *visit) guess() approach {
	if how := v.record.result.Protocol.approach(); how != none {
		return how
	}
	if name := v.record.result.Owner.Name; name == "postgres" || name == "pgbouncer" {
		return askPostgreSQL // it would wonder in its log about anything else
	}
	return listenShort
}

// alerted tells whether the server broke off as the protocol has it: some do when they are
// not told a name.
func alerted(err error) bool {
	operation := (*net.OpError)(nil)
	return errors.As(err, &operation) && operation.Op == alert
}

// further tries the names that no certificate seen so far is made for, and leaves alone
// those that showed nothing new when they were tried before.
func (v *visit) further(ctx context.Context, seen *outcome) {
	tries := 0
	for _, name := range v.ordered() {
		if tries == maxNames || ctx.Err() != nil {
			return
		}
		if covered(name, seen.shown) {
			continue
		}
		tries++
		more := v.connect(ctx, seen.protocol.approach(), name)
		fresh := len(more.shown) > 0 && !slices.ContainsFunc(seen.shown, func(s Shown) bool { return sameLeaf(s, more.shown[0]) })
		if fresh {
			seen.shown = append(seen.shown, more.shown[0])
		}
		if len(more.shown) == 0 && !alerted(more.err) {
			seen.lost = more.err
			continue
		}
		v.record.names[name] = fresh
	}
}

// ordered are the names that can be sent and may be of use: those that were, first.
func (v *visit) ordered() []string {
	var useful, untried []string
	for _, name := range v.names {
		name, ok := hostname(name)
		if !ok {
			continue
		}
		switch fresh, tried := v.record.names[name]; {
		case fresh:
			useful = append(useful, name)
		case !tried:
			untried = append(untried, name)
		}
	}
	return append(useful, untried...)
}

// dial connects to the first target that this VM has. One that it has not is
// [::1] where IPv6 is switched off, and a socket bound to [::] takes IPv4.
func (v *visit) dial(ctx context.Context) (net.Conn, error) {
	var err error
	for _, target := range v.targets {
		var connection net.Conn
		connection, err = (&net.Dialer{KeepAlive: -1}).DialContext(ctx, "tcp", target.String())
		if err == nil {
			return connection, nil
		}
		if !errors.Is(err, syscall.EADDRNOTAVAIL) && !errors.Is(err, syscall.ENETUNREACH) && !errors.Is(err, syscall.EAFNOSUPPORT) {
			break
		}
	}
	return nil, err
}

// chainOf reads what a handshake showed.
func chainOf(raw [][]byte) ([]*cert.Certificate, error) {
	var chain []*cert.Certificate
	for i, der := range raw {
		c, err := dercert.Parse(der)
		if err != nil {
			return nil, fmt.Errorf("read certificate %d of its chain: %w", i+1, err)
		}
		chain = append(chain, c)
	}
	return chain, nil
}
