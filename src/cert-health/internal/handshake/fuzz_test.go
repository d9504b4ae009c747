package handshake_test

import (
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"cert-health/internal/handshake"
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
	known := []handshake.Protocol{handshake.TLS, handshake.PostgreSQL, handshake.MySQL, handshake.SMTP, handshake.NATS, handshake.Plain, handshake.Unknown}
	f.Fuzz(func(t *testing.T, answer []byte) {
		protocols, received := handshake.Talk(t.Context(), func() net.Conn { return says(t.Context(), answer) })
		for _, protocol := range protocols {
			if !slices.Contains(known, protocol) {
				t.Errorf("%q is not a protocol", protocol)
			}
		}
		if received > handshake.MaxReceived {
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

// Whatever was received and whatever the secret: no panic, and no more certificates than a
// chain may have, each a part of what was received or decrypted.
func FuzzTape(f *testing.F) {
	f.Add([]byte("\x16\x03\x03\x00\x0e\x0b\x00\x00\x0a\x00\x00\x07\x00\x00\x01\x30\x00\x00\x00"), []byte("SERVER_HANDSHAKE_TRAFFIC_SECRET 00 "+strings.Repeat("00", 32)+"\n"))
	hello := "\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" + strings.Repeat("x", 32) + "\x00\x13\x01\x00"
	f.Add([]byte(hello+"\x17\x03\x03\x00\x11"+strings.Repeat("y", 17)), []byte("SERVER_HANDSHAKE_TRAFFIC_SECRET 00 "+strings.Repeat("00", 32)+"\n"))
	f.Fuzz(func(t *testing.T, received, secrets []byte) {
		total := 0
		certificates := handshake.Taped(received, secrets)
		for _, der := range certificates {
			total += len(der)
		}
		if total > len(received) || len(certificates) > handshake.MaxChain {
			t.Errorf("%d certificates of %d bytes", len(certificates), total)
		}
	})
}
