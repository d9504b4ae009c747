package served

import "net/netip"

// targets returns the addresses under which this socket, and no other, can be reached from
// this VM, the best first. A socket that is bound to one address has priority there over a
// socket that is bound to all addresses, so there may be no target.
func targets(s Socket, all []Socket) []netip.AddrPort {
	ip, port := s.Address.Addr(), s.Address.Port()
	if !ip.IsUnspecified() {
		return []netip.AddrPort{netip.AddrPortFrom(ip.Unmap(), port)}
	}
	taken := map[netip.Addr]bool{}
	for _, other := range all {
		if other.Address.Port() == port && other != s {
			taken[other.Address.Addr().Unmap()] = true
		}
	}
	var free []netip.AddrPort
	for _, candidate := range loopbacks(s, taken) {
		if !taken[candidate] {
			free = append(free, netip.AddrPortFrom(candidate, port))
		}
	}
	return free
}

// loopbacks returns the local addresses under which a socket that is bound to all addresses
// may answer. All of 127/8 is local, so there is a second address if another process has
// bound the first.
func loopbacks(s Socket, taken map[netip.Addr]bool) []netip.Addr {
	four := []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.AddrFrom4([4]byte{127, 0, 0, 2})}
	switch {
	case s.Address.Addr().Is4():
		return four
	case s.V6Only || taken[netip.IPv4Unspecified()]:
		return []netip.Addr{netip.IPv6Loopback()}
	}
	return append([]netip.Addr{netip.IPv6Loopback()}, four...)
}
