package served

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"syscall"

	"cert-health/internal/handshake"
)

// visit is one probe of one socket: a connection without a server name, another one if the
// first shows that the server speaks another protocol, and one for each server name that may
// have another certificate.
type visit struct {
	options *Options
	record  *record
	job     string // of the socket's process; empty if unknown
	inode   uint64 // of the socket
	names   []string
	targets []netip.AddrPort
}

// outcome is the outcome of a visit, or of one of its connections.
type outcome struct {
	protocol Protocol
	chains   []Chain
	err      error
	nameErr  error              // of the handshake for a server name, which is tried again
	retry    handshake.Approach // to try in another connection; None if not
}

var errUnreachable = errors.New("other sockets listen on every address under which it could be reached")

// run probes the socket. All its connections together take as long as two may take at most.
func (v *visit) run(ctx context.Context) visited {
	ctx, cancel := context.WithTimeout(ctx, 2*v.options.Timeout)
	defer cancel()
	at := v.options.Now()
	seen := outcome{protocol: Unknown, err: errUnreachable}
	if len(v.targets) > 0 {
		seen = v.first(ctx)
	}
	if len(seen.chains) > 0 || handshake.Alerted(seen.err) {
		v.further(ctx, &seen)
	}
	return visited{v, at, seen}
}

// first finds out the protocol of the server, if it is not known, and gets the chain for no
// server name.
func (v *visit) first(ctx context.Context) outcome {
	how, known := v.guess(), v.record.result.Protocol.Encrypted()
	var tried []handshake.Approach
	for {
		seen := v.connect(ctx, how, "")
		tried = append(tried, how)
		if known || seen.retry == handshake.None || slices.Contains(tried, seen.retry) || ctx.Err() != nil {
			return seen
		}
		how = seen.retry
	}
}

// guess returns how to begin: as before, or as the program's name suggests.
func (v *visit) guess() handshake.Approach {
	if how := v.record.result.Protocol.Approach(); how != handshake.None {
		return how
	}
	if name := v.record.result.Owner.Name; name == "postgres" || name == "pgbouncer" {
		return handshake.AskPostgreSQL // it would log an error about anything else
	}
	return handshake.ListenShort
}

// further tries the server names that no chain covers yet, except for those that had no
// chain of their own when they were tried before.
func (v *visit) further(ctx context.Context, seen *outcome) {
	tries := 0
	for _, name := range v.ordered() {
		if tries == maxNames || ctx.Err() != nil {
			return
		}
		if covered(name, seen.chains) {
			continue
		}
		tries++
		more := v.connect(ctx, seen.protocol.Approach(), name)
		fresh := len(more.chains) > 0 && !slices.ContainsFunc(seen.chains, func(s Chain) bool { return sameLeaf(s, more.chains[0]) })
		if fresh {
			seen.chains = append(seen.chains, more.chains[0])
		}
		if len(more.chains) == 0 && !handshake.Alerted(more.err) {
			seen.nameErr = more.err
			continue
		}
		v.record.names[name] = fresh
	}
}

// ordered returns the server names to try: first those that had a chain of their own before.
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

// dial connects to the first target that exists on this VM. [::1] does not exist if IPv6 is
// disabled; a socket that is bound to [::] accepts IPv4 then.
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
