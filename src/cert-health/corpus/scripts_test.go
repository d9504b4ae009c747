package corpus_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// script is a program that runs one of the scripts in programs for all contacts. It prints each line behind the
// number of the contact and a tab. A server prints "ready" when it listens, and ends with its standard input.
func script(name, interpreter, file string, needs map[string]string, blind ...fault) program {
	command := func(out *transcript, all []*contact, own side) *process {
		return start(out, interpreter, filepath.Join("programs", file), string(own), orders(all, own))
	}
	return program{
		name: name, needs: needs, blind: blind,
		serve: func(all []*contact) func() {
			out := &transcript{}
			p := command(out, all, server)
			Eventually(out.String, soon).Should(MatchRegexp("(?m)^ready$"))
			take(out, all, server)
			for _, c := range all {
				c.absent = c.said[server].String() != ""
			}
			before := len(out.String())
			return func() {
				_ = p.stdin.Close()
				p.wait()
				rest := &transcript{}
				_, _ = rest.Write([]byte(out.String()[before:]))
				take(rest, all, server)
			}
		},
		call: func(all []*contact) {
			out := &transcript{}
			command(out, all, client).wait()
			take(out, all, client)
		},
	}
}

// orders is a file with a line for each contact: its number, address, port, name of the server, version, and the
// directory of the certificates of the side.
func orders(all []*contact, own side) string {
	GinkgoHelper()
	var text strings.Builder
	for i, c := range all {
		p := map[side]*party{server: c.server, client: c.client}[own]
		fmt.Fprintf(&text, "%d\t%s\t%d\t%s\t%s\t%s\n", i, serverAddress, c.port, serverName, c.short(own), filepath.Dir(p.file("x")))
	}
	file := filepath.Join(GinkgoT().TempDir(), "orders")
	Expect(os.WriteFile(file, []byte(text.String()), 0o600)).To(Succeed())
	return file
}

// take gives each contact its lines.
func take(out *transcript, all []*contact, own side) {
	for line := range strings.Lines(out.String()) {
		for i, c := range all {
			if text, found := strings.CutPrefix(line, fmt.Sprintf("%d\t", i)); found {
				_, _ = c.said[own].Write([]byte(text))
			}
		}
	}
}

// node is Node.js.
func node() program {
	return script("Node", "node", "handshake.js", map[string]string{"node": "nodejs"})
}

// ruby is Ruby, with net/http.
func ruby() program {
	return script("Ruby", "ruby", "handshake.rb", map[string]string{"ruby": "ruby"})
}

// java is Java, with its own implementation of TLS. It trusts a CA in its trust store also after its end.
func java() program {
	needs := map[string]string{"java": "default-jdk-headless", "javac": "default-jdk-headless"} // java compiles the script itself
	return script("Java", "java", "Handshake.java", needs, fault{expiredCA, server}, fault{expiredCA, client})
}
