package served

import (
	"bytes"
	"net/netip"
	"slices"
	"time"

	"cert-health/internal/handshake"
)

// Kept is a certificate that a process served in place of a newer one in its file. An agent keeps it
// over its restarts, because the process may not answer the next time.
type Kept struct {
	Address    netip.AddrPort `json:"address"` // as bound
	Inode      uint64         `json:"inode"`   // of the socket: another process has another one
	Protocol   Protocol       `json:"protocol"`
	ServerName string         `json:"server_name,omitempty"`
	Chain      [][]byte       `json:"chain"` // DER
	SeenAt     time.Time      `json:"seen_at"`
}

const (
	// maxKept limits the certificates that are kept. A VM has some dozens of ports.
	maxKept = 50
	// maxKeptChain and maxKeptSize limit the chain of one of them, and one certificate in bytes.
	maxKeptChain = 4
	maxKeptSize  = 16 << 10
)

// Keep returns the chains of results to keep: those that were proven, and of which keep says so.
func Keep(results []Result, keep func(Result, Chain) bool) []Kept {
	var kept []Kept
	for _, r := range results {
		for _, c := range r.Chains {
			k := Kept{r.Address, r.inode, r.Protocol, c.ServerName, c.der, r.SeenAt}
			if c.Proven && len(kept) < maxKept && k.valid(r.SeenAt) && keep(r, c) {
				kept = append(kept, k)
			}
		}
	}
	return kept
}

// Equal tells whether two are the same, seen at the same time.
func (k Kept) Equal(other Kept) bool {
	return k.identity() == other.identity() && k.Protocol == other.Protocol && k.ServerName == other.ServerName &&
		k.SeenAt.Equal(other.SeenAt) && slices.EqualFunc(k.Chain, other.Chain, bytes.Equal)
}

func (k Kept) identity() identity { return identity{k.Address, k.Inode} }

// valid tells whether an agent may have kept it before a moment.
func (k Kept) valid(now time.Time) bool {
	return k.Address.IsValid() && k.Protocol.Encrypted() && len(k.ServerName) <= 253 && !k.SeenAt.IsZero() && !k.SeenAt.After(now) &&
		len(k.Chain) > 0 && len(k.Chain) <= maxKeptChain &&
		!slices.ContainsFunc(k.Chain, func(der []byte) bool { return len(der) > maxKeptSize })
}

// Restore makes the prober know what an earlier one saw, for the sockets that still listen. It
// returns the results, and ignores what is not valid or too much.
func (p *Prober) Restore(kept []Kept) []Result {
	results := map[identity]*Result{}
	for _, k := range kept[:min(len(kept), maxKept)] {
		if !k.valid(p.options.Now()) {
			continue
		}
		chain, err := handshake.Chain(k.Chain)
		if err != nil {
			continue
		}
		r := results[k.identity()]
		if r == nil {
			r = &Result{Address: k.Address, inode: k.Inode, Protocol: k.Protocol, SeenAt: k.SeenAt}
			results[k.identity()] = r
		}
		r.Chains = append(r.Chains, Chain{ServerName: k.ServerName, Certificates: chain, Proven: true, der: k.Chain})
	}
	var list []Result
	for id, r := range results {
		p.known[id] = &record{result: *r, names: map[string]bool{}}
		list = append(list, *r)
	}
	return list
}
