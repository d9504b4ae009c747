package served

import (
	"cmp"
	"errors"
	"net/netip"
	"path/filepath"
	"slices"

	"github.com/prometheus/procfs"
)

// Socket is one listening TCP socket.
type Socket struct {
	Address netip.AddrPort // as bound: an unspecified address means all of them
	Inode   uint64
	// V6Only tells of an unspecified IPv6 address that it does not stand for IPv4 too.
	V6Only bool
	// Cgroup identifies the cgroup, of version 2, in which the socket was made; 0 when
	// the kernel does not tell.
	Cgroup uint64
}

// identity is what a socket has as long as it lives, and no other: what listens later on
// the same address has another inode.
type identity struct {
	address netip.AddrPort
	inode   uint64
}

func (s Socket) identity() identity { return identity{s.Address, s.Inode} }

// Problem is something that could not be found out.
type Problem struct {
	What   string // a path as the VM sees it, or what else was asked
	Reason string
}

// Sockets lists the listening TCP sockets of this network namespace by address, each
// address once: of several sockets that share one (SO_REUSEPORT), the oldest.
//
// The kernel is asked for listening sockets alone, by netlink: /proc/net/tcp has a line
// for every connection, which on a busy router are 18 MB of garbage and a tenth of a
// second for each look. That file is read where the kernel has no answer, and below another
// root, which stands for "/".
func Sockets(root string) ([]Socket, []Problem) {
	var sockets []Socket
	err := errAnotherRoot
	if filepath.Clean("/"+root) == "/" {
		sockets, err = listening()
	}
	var problems []Problem
	if err != nil {
		if sockets, problems = tabled(root); len(problems) > 0 && !errors.Is(err, errAnotherRoot) {
			problems = append(problems, Problem{What: "sock_diag", Reason: err.Error()})
		}
	}
	slices.SortFunc(sockets, func(a, b Socket) int {
		return cmp.Or(a.Address.Compare(b.Address), cmp.Compare(a.Inode, b.Inode))
	})
	return slices.CompactFunc(sockets, func(a, b Socket) bool { return a.Address == b.Address }), problems
}

var errAnotherRoot = errors.New("the kernel knows of this machine's sockets only")

// stateListen is TCP_LISTEN of the kernel's net/tcp_states.h.
const stateListen = 10

// tabled reads the listening sockets from /proc/net.
func tabled(root string) ([]Socket, []Problem) {
	proc, err := procfs.NewFS(filepath.Join(root, "/proc"))
	if err != nil {
		return nil, []Problem{{What: "/proc", Reason: cause(err)}}
	}
	var sockets []Socket
	var problems []Problem
	//lint:ignore SA1019 it is deprecated for what it costs on a busy machine: here it is the last resort
	four, err := proc.NetTCP()
	if err != nil {
		problems = append(problems, Problem{What: "/proc/net/tcp", Reason: cause(err)})
	}
	//lint:ignore SA1019 as above
	six, err := proc.NetTCP6()
	if err != nil && !absent(err) { // where the kernel has no IPv6, there is no such file
		problems = append(problems, Problem{What: "/proc/net/tcp6", Reason: cause(err)})
	}
	for _, line := range append(four, six...) {
		if line.St != stateListen {
			continue
		}
		if ip, ok := netip.AddrFromSlice(line.LocalAddr); ok {
			sockets = append(sockets, Socket{Address: netip.AddrPortFrom(ip, uint16(line.LocalPort)), Inode: line.Inode})
		}
	}
	return sockets, problems
}
