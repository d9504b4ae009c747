package pairing_test

import (
	"flag"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"
)

var _ = Describe("a VM on which every certificate has its key", func() {
	// ways to write a pair, the letters P and p, in a directory.
	ways := []func(t *rapid.T, files tree, dir, pair string){
		func(t *rapid.T, files tree, dir, pair string) {
			name := names[rapid.IntRange(0, len(names)-1).Draw(t, "names")]
			files[dir+name[0]], files[dir+name[1]] = "<"+pair+"><X>", "<"+strings.ToLower(pair)+">"
		},
		func(t *rapid.T, files tree, dir, pair string) {
			files[dir+fmt.Sprint("combined-", pair)] += "<" + pair + "><" + strings.ToLower(pair) + ">--\n"
		},
		func(t *rapid.T, files tree, dir, pair string) {
			name := rapid.SampledFrom([]string{"", "tls_", "server_"}).Draw(t, "property")
			files[dir+"config.json"] += fmt.Sprintf("{\"%scert\": {%s}, \"ca_cert\": {X}, \"%skey\": {%s}}\n", name, pair, name, strings.ToLower(pair))
		},
		func(t *rapid.T, files tree, dir, pair string) {
			files[dir+"config.yml"] += fmt.Sprintf("- certificate: |%s\n  private_key: |%s\n", pair, strings.ToLower(pair))
		},
		func(t *rapid.T, files tree, dir, pair string) {
			one, two := dir+"some-"+pair, dir+"other-"+pair
			files[one], files[two] = "<"+pair+">", "<"+strings.ToLower(pair)+">"
			files[dir+"start"] += "x --tls-cert=" + one + " --tls-key=" + two + "\n"
		},
	}
	// what else lies about.
	others := tree{"ca.crt": "<X>", "bundle.pem": "<X><Y>", "empty.crt": "\n", "jwt.key": "<b>", "host_key": "<c>", "locked.key": "<a!>", "peer.crt": "<B>"}

	It("is correct, in any form and under any names", func() {
		Expect(flag.Set("rapid.nofailfile", "true")).To(Succeed())
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			files := tree{}
			for name, text := range others {
				files[certs+name] = text
			}
			for range rapid.IntRange(1, 8).Draw(t, "pairs") {
				way := ways[rapid.IntRange(0, len(ways)-1).Draw(t, "way")]
				dir := certs + rapid.SampledFrom([]string{"", "x/", "y/"}).Draw(t, "dir")
				way(t, files, dir, rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "pair"))
			}
			if found := mismatches(files); len(found) > 0 {
				t.Fatalf("%v", found)
			}
		})
	})
})
