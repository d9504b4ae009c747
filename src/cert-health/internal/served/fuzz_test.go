package served_test

import (
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"cert-health/internal/served"
)

// For any data of a server: no panic, no more bytes read than the limit, and one of the known
// protocols.
func FuzzTalk(f *testing.F) {
	for _, seed := range []string{
		"", "\x16\x03\x03\x00\x02\x02", "\x15\x03\x03\x00\x02\x02\x28", "S\x16\x03\x03", "N", "E", "220 x\r\n250-x\r\n250 STARTTLS\r\n220 go\r\n\x15\x03",
		"220-", "421 busy\r\n", "INFO {\"tls_required\":true}\r\n\x16\x03", "INFO ", "SSH-2.0-x\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n",
		"\x4a\x00\x00\x00\x0a8.0.36\x00\x01\x00\x00\x00saltsalt\x00\xff\xff", "\x00\x00\x00\x00\x0a", "\x03\x00\x00\x00\xff\x10\x04", "\x05\x00\x00\x00\x0a\x00\x00\x00\x00",
	} {
		f.Add([]byte(seed))
	}
	known := []served.Protocol{served.TLS, served.PostgreSQL, served.MySQL, served.SMTP, served.NATS, served.Plain, served.Unknown}
	f.Fuzz(func(t *testing.T, answer []byte) {
		protocols, received := served.Talk(t.Context(), func() net.Conn { return says(t.Context(), answer) })
		for _, protocol := range protocols {
			if !slices.Contains(known, protocol) {
				t.Errorf("%q is not a protocol", protocol)
			}
		}
		if received > served.MaxReceived {
			t.Errorf("%d bytes were read", received)
		}
	})
}

// says is a connection whose other end sends an answer, whatever it receives.
func says(ctx context.Context, answer []byte) net.Conn {
	near, far := net.Pipe()
	go func() { _, _ = io.Copy(io.Discard, far) }()
	go func() {
		_, _ = far.Write(answer)
		_ = far.Close()
	}()
	context.AfterFunc(ctx, func() { _ = far.Close() })
	return near
}

// For any data of the kernel: no panic, and at most one socket.
func FuzzSocket(f *testing.F) {
	f.Add(make([]byte, 72))
	f.Add(append(slices.Concat([]byte{10}, make([]byte, 71)), 12, 0, 21, 0, 1, 2, 3, 4, 5, 6, 7, 8, 5, 0, 11, 0, 1))
	f.Add(append(slices.Concat([]byte{2}, make([]byte, 71)), 3, 0, 21, 0))
	f.Fuzz(func(t *testing.T, reply []byte) {
		sockets := served.AppendSocket(nil, reply)
		if len(sockets) > 1 || len(sockets) == 1 && !sockets[0].Address.IsValid() {
			t.Errorf("%v", sockets)
		}
	})
}

// The name of a container is decoded from what bpm makes of it, in any place; and any other
// name of a cgroup causes no panic.
func FuzzContainer(f *testing.F) {
	for _, seed := range []string{"gorouter", "cc.worker", "a b", ".", "..2e", "ü", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		served.Container(name)
		served.Container("bpm-" + name)
		if name == "" || !utf8.ValidString(name) || strings.Contains(name, "/") {
			return
		}
		encoded := encode(name)
		for _, element := range []string{"bpm-" + encoded, "monit-service-bpm-bpm-" + encoded + ".scope"} {
			if got := served.Container(element); got != name {
				t.Errorf("%q became %q", element, got)
			}
		}
	})
}

// encode encodes a name as bpm does for runc.
func encode(name string) string {
	const digits = "0123456789abcdef"
	var encoded strings.Builder
	for _, char := range []byte(name) {
		if strings.IndexByte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", char) >= 0 {
			encoded.WriteByte(char)
			continue
		}
		encoded.WriteString("." + string([]byte{digits[char>>4], digits[char&15]}))
	}
	return encoded.String()
}
