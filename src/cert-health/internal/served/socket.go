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
	Address netip.AddrPort // as bound: an unspecified address means all addresses
	Inode   uint64
	// V6Only is set if an unspecified IPv6 address does not include IPv4.
	V6Only bool
	// Cgroup identifies the cgroup (version 2) in which the socket was made; 0 if the kernel
	// does not tell it.
	Cgroup uint64
}

// identity identifies a socket: one that listens later on the same address has another
// inode.
type identity struct {
	address netip.AddrPort
	inode   uint64
}

func (s Socket) identity() identity { return identity{s.Address, s.Inode} }

// Problem is a fact that could not be found out.
type Problem struct {
	What   string // a path as processes on the VM see it, or the name of an interface
	Reason string
}

// Sockets lists the listening TCP sockets of this network namespace, sorted by address. If
// several sockets share an address (SO_REUSEPORT), the oldest is listed.
//
// The kernel is asked by netlink, for listening sockets only: /proc/net/tcp has a line for
// every connection, and on a busy router reading it takes 18 MB and a tenth of a second. That
// file is read if the kernel does not answer, and below a root other than "/".
func Sockets(root string) ([]Socket, []Problem) {
	var sockets []Socket
	err := errAnotherRoot
	if filepath.Clean("/"+root) == "/" {
		sockets, err = listening()
	}
	var problems []Problem
	if err != nil {
		if sockets, problems = socketsFromProc(root); len(problems) > 0 && !errors.Is(err, errAnotherRoot) {
			problems = append(problems, Problem{What: "sock_diag", Reason: err.Error()})
		}
	}
	slices.SortStableFunc(sockets, func(a, b Socket) int {
		return cmp.Or(a.Address.Compare(b.Address), cmp.Compare(a.Inode, b.Inode))
	})
	return slices.CompactFunc(sockets, func(a, b Socket) bool { return a.Address == b.Address }), problems
}

var errAnotherRoot = errors.New("the kernel only knows the sockets of this machine")

// stateListen is TCP_LISTEN of the kernel's net/tcp_states.h.
const stateListen = 10

// socketsFromProc reads the listening sockets from /proc/net.
func socketsFromProc(root string) ([]Socket, []Problem) {
	proc, err := procfs.NewFS(filepath.Join(root, "/proc"))
	if err != nil {
		return nil, []Problem{{What: "/proc", Reason: cause(err)}}
	}
	var sockets []Socket
	var problems []Problem
	//lint:ignore SA1019 it is deprecated because it is slow on a busy machine: here it is the last resort
	four, err := proc.NetTCP()
	if err != nil {
		problems = append(problems, Problem{What: "/proc/net/tcp", Reason: cause(err)})
	}
	//lint:ignore SA1019 as above
	six, err := proc.NetTCP6()
	if err != nil && !absent(err) { // a kernel without IPv6 has no such file
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
