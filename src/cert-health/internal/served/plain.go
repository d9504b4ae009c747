package served

import (
	"net/netip"
	"slices"
	"time"
)

// PlainPort is a port that answered without TLS. An agent keeps it over its restarts: many
// servers that speak no TLS log each ClientHello as an error.
type PlainPort struct {
	Address netip.AddrPort `json:"address"` // as bound
	// Program identifies what the process of the port ran; see Process.program.
	Program string    `json:"program"`
	SeenAt  time.Time `json:"seen_at"` // when it answered
}

// Equal tells whether two ports are the same, with the same time.
func (p PlainPort) Equal(other PlainPort) bool {
	return p.Address == other.Address && p.Program == other.Program && p.SeenAt.Equal(other.SeenAt)
}

const (
	// maxPlain limits the ports that are remembered. A busy VM has fewer than a hundred.
	maxPlain = 1000
	// maxProgram limits the length of a Program, which has three numbers of at most twenty digits.
	maxProgram = 80
	// plainFor is how long a port is remembered after its answer: a new configuration of the same
	// program may make it speak TLS. One line a week in the log of a server is bearable.
	plainFor = 7 * 24 * time.Hour
)

// plainPorts are the ports that are remembered, by their addresses.
type plainPorts map[netip.AddrPort]PlainPort

// remembers tells whether a port is remembered that answered at a time. It is not if the time is
// in the future: the clock was set back, or the memory was changed.
func (p PlainPort) remembers(now time.Time) bool {
	return p.Address.IsValid() && p.Program != "" && len(p.Program) <= maxProgram && !p.SeenAt.After(now) && now.Sub(p.SeenAt) < plainFor
}

// Remember makes the prober not probe ports that an earlier prober found to speak no TLS, as long
// as the same program listens there. It ignores ports that are not valid or too many.
func (p *Prober) Remember(ports []PlainPort) {
	now := p.options.Now()
	for _, port := range ports {
		if port.remembers(now) {
			p.plain.add(port)
		}
	}
}

func (ports plainPorts) add(port PlainPort) {
	if _, known := ports[port.Address]; known || len(ports) < maxPlain {
		ports[port.Address] = port
	}
}

// Plain returns the ports to remember, sorted by address.
func (p *Prober) Plain() []PlainPort {
	now := p.options.Now()
	var list []PlainPort
	for address, port := range p.plain {
		if !port.remembers(now) {
			delete(p.plain, address)
			continue
		}
		list = append(list, port)
	}
	slices.SortStableFunc(list, func(a, b PlainPort) int { return a.Address.Compare(b.Address) })
	return list
}

// note adds the result of a probe to the ports to remember, or removes the port.
func (ports plainPorts) note(r Result) {
	switch {
	case r.Protocol.Encrypted():
		delete(ports, r.Address)
	case r.Protocol == Plain && r.Owner.program != "":
		ports.add(PlainPort{Address: r.Address, Program: r.Owner.program, SeenAt: r.SeenAt})
	}
}

// recall makes the result of a listener that was not probed yet that of a remembered port, if the
// same program listens.
func (ports plainPorts) recall(r *Result, now time.Time) {
	port, known := ports[r.Address]
	if known && port.Program == r.Owner.program && port.remembers(now) {
		r.Protocol, r.SeenAt = Plain, port.SeenAt
	}
}
