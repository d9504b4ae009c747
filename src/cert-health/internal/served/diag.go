package served

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"syscall"
)

// Constants of the kernel's linux/inet_diag.h and linux/sock_diag.h. The standard library
// reads netlink messages; another library for this would add 140 KB to the agent.
const (
	netlinkSockDiag = 4
	diagByFamily    = 20
	diagRequestSize = 56 // struct inet_diag_req_v2
	diagReplySize   = 72 // struct inet_diag_msg
	diagV6Only      = 11 // INET_DIAG_SKV6ONLY
	diagCgroup      = 21 // INET_DIAG_CGROUP_ID, from Linux 5.8
)

// netlinkBuffer is the size of the largest message that the kernel sends.
const netlinkBuffer = 32 << 10

// listening asks the kernel for the listening TCP sockets. It needs no privilege.
func listening() ([]Socket, error) {
	socket, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, netlinkSockDiag)
	if err != nil {
		return nil, fmt.Errorf("open a netlink socket: %w", err)
	}
	defer syscall.Close(socket)
	// The kernel answers at once. The limit protects the agent if it ever does not.
	if err := syscall.SetsockoptTimeval(socket, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Sec: 5}); err != nil {
		return nil, fmt.Errorf("limit a netlink socket: %w", err)
	}
	var sockets []Socket
	for _, family := range []byte{syscall.AF_INET, syscall.AF_INET6} {
		if err := syscall.Sendto(socket, diagRequest(family), 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
			return nil, fmt.Errorf("ask for sockets: %w", err)
		}
		if err := dump(socket, func(reply []byte) { sockets = appendSocket(sockets, reply) }); err != nil {
			return nil, fmt.Errorf("receive sockets: %w", err)
		}
	}
	return sockets, nil
}

// diagRequest asks for a dump of all listening TCP sockets of a family.
func diagRequest(family byte) []byte {
	message := make([]byte, syscall.SizeofNlMsghdr+diagRequestSize)
	native := binary.NativeEndian
	native.PutUint32(message, uint32(len(message)))
	native.PutUint16(message[4:], diagByFamily)
	native.PutUint16(message[6:], syscall.NLM_F_REQUEST|syscall.NLM_F_DUMP)
	body := message[syscall.SizeofNlMsghdr:]
	body[0], body[1] = family, syscall.IPPROTO_TCP
	native.PutUint32(body[4:], 1<<stateListen)
	return message
}

// dump calls handle with every message of one answer.
func dump(socket int, handle func([]byte)) error {
	buffer := make([]byte, netlinkBuffer)
	for {
		size, _, err := syscall.Recvfrom(socket, buffer, 0)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		messages, err := syscall.ParseNetlinkMessage(buffer[:size])
		if err != nil {
			return err
		}
		for _, message := range messages {
			switch message.Header.Type {
			case syscall.NLMSG_DONE:
				return nil
			case syscall.NLMSG_ERROR:
				return refusal(message.Data)
			}
			handle(message.Data)
		}
	}
}

// refusal returns the error in an error message.
func refusal(data []byte) error {
	if len(data) < 4 {
		return errors.New("the kernel refused without a reason")
	}
	return syscall.Errno(-int32(binary.NativeEndian.Uint32(data)))
}

// appendSocket decodes a struct inet_diag_msg and the attributes after it. A message that
// is too short adds no socket.
func appendSocket(sockets []Socket, reply []byte) []Socket {
	if len(reply) < diagReplySize {
		return sockets
	}
	ip, ok := netip.AddrFromSlice(reply[8:12])
	if reply[0] == syscall.AF_INET6 {
		ip, ok = netip.AddrFromSlice(reply[8:24])
	}
	if !ok {
		return sockets
	}
	if device := binary.NativeEndian.Uint32(reply[40:]); device != 0 && ip.IsLinkLocalUnicast() && ip.Is6() {
		ip = ip.WithZone(strconv.FormatUint(uint64(device), 10))
	}
	socket := Socket{
		Address: netip.AddrPortFrom(ip, binary.BigEndian.Uint16(reply[4:])),
		Inode:   uint64(binary.NativeEndian.Uint32(reply[68:])),
	}
	for kind, value := range attributes(reply[diagReplySize:]) {
		switch {
		case kind == diagV6Only && len(value) == 1:
			socket.V6Only = value[0] != 0
		case kind == diagCgroup && len(value) == 8:
			socket.Cgroup = binary.NativeEndian.Uint64(value)
		}
	}
	return append(sockets, socket)
}

// attributes yields netlink attributes: length, kind and value, each of them aligned to
// four bytes.
func attributes(data []byte) func(yield func(kind uint16, value []byte) bool) {
	return func(yield func(uint16, []byte) bool) {
		for len(data) >= syscall.SizeofRtAttr {
			size := int(binary.NativeEndian.Uint16(data))
			if size < syscall.SizeofRtAttr || size > len(data) {
				return
			}
			if !yield(binary.NativeEndian.Uint16(data[2:]), data[syscall.SizeofRtAttr:size]) {
				return
			}
			data = data[min((size+3)&^3, len(data)):]
		}
	}
}
