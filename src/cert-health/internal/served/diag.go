package served

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"syscall"
)

// The kernel's linux/inet_diag.h and linux/sock_diag.h. The standard library carries
// netlink's messages; a library for these few lines would add 140 KB to the agent.
const (
	netlinkSockDiag = 4
	diagByFamily    = 20
	diagRequestSize = 56 // struct inet_diag_req_v2
	diagReplySize   = 72 // struct inet_diag_msg
	diagV6Only      = 11 // INET_DIAG_SKV6ONLY
	diagCgroup      = 21 // INET_DIAG_CGROUP_ID, from Linux 5.8
)

// netlinkBuffer takes the largest piece in which the kernel dumps.
const netlinkBuffer = 32 << 10

// listening asks the kernel for the listening TCP sockets. It needs no privilege.
func listening() ([]Socket, error) {
	handle, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, netlinkSockDiag)
	if err != nil {
		return nil, fmt.Errorf("open a netlink socket: %w", err)
	}
	defer syscall.Close(handle)
	// The kernel answers at once; were it ever not to, nobody shall wait for it.
	if err := syscall.SetsockoptTimeval(handle, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Sec: 5}); err != nil {
		return nil, fmt.Errorf("limit a netlink socket: %w", err)
	}
	var sockets []Socket
	for _, family := range []byte{syscall.AF_INET, syscall.AF_INET6} {
		if err := syscall.Sendto(handle, diagRequest(family), 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
			return nil, fmt.Errorf("ask for sockets: %w", err)
		}
		if err := dump(handle, func(reply []byte) { sockets = appendSocket(sockets, reply) }); err != nil {
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

// dump hands every message of one answer to take.
func dump(handle int, take func([]byte)) error {
	buffer := make([]byte, netlinkBuffer)
	for {
		size, _, err := syscall.Recvfrom(handle, buffer, 0)
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
			take(message.Data)
		}
	}
}

// refusal is the error in a message that consists of one.
func refusal(data []byte) error {
	if len(data) < 4 {
		return errors.New("the kernel refused and gave no reason")
	}
	return syscall.Errno(-int32(binary.NativeEndian.Uint32(data)))
}

// appendSocket decodes a struct inet_diag_msg and the attributes behind it. One
// that is too short is none.
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

// attributes are netlink's: length, kind, value, each beginning at a multiple of four.
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
