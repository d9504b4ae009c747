package served_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"cert-health/internal/served"
)

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
