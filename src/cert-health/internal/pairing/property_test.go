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
	// ways to lay out a pair, of the letters P and p, in a folder.
	ways := []func(t *rapid.T, files tree, folder, pair string){
		func(t *rapid.T, files tree, folder, pair string) {
			name := names[rapid.IntRange(0, len(names)-1).Draw(t, "names")]
			files[folder+name[0]], files[folder+name[1]] = "<"+pair+"><X>", "<"+strings.ToLower(pair)+">"
		},
		func(t *rapid.T, files tree, folder, pair string) {
			files[folder+fmt.Sprint("combined-", pair)] += "<" + pair + "><" + strings.ToLower(pair) + ">--\n"
		},
		func(t *rapid.T, files tree, folder, pair string) {
			name := rapid.SampledFrom([]string{"", "tls_", "server_"}).Draw(t, "property")
			files[folder+"config.json"] += fmt.Sprintf("{\"%scert\": {%s}, \"ca_cert\": {X}, \"%skey\": {%s}}\n", name, pair, name, strings.ToLower(pair))
		},
		func(t *rapid.T, files tree, folder, pair string) {
			files[folder+"config.yml"] += fmt.Sprintf("- certificate: |%s\n  private_key: |%s\n", pair, strings.ToLower(pair))
		},
		func(t *rapid.T, files tree, folder, pair string) {
			one, two := folder+"some-"+pair, folder+"other-"+pair
			files[one], files[two] = "<"+pair+">", "<"+strings.ToLower(pair)+">"
			files[folder+"start"] += "x --tls-cert=" + one + " --tls-key=" + two + "\n"
		},
	}
	// what else lies about.
	others := tree{"ca.crt": "<X>", "bundle.pem": "<X><Y>", "empty.crt": "\n", "jwt.key": "<b>", "host_key": "<c>", "locked.key": "<a!>", "peer.crt": "<B>"}

	It("is well, however they are written down and called", func() {
		Expect(flag.Set("rapid.nofailfile", "true")).To(Succeed())
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			files := tree{}
			for name, text := range others {
				files[certs+name] = text
			}
			for range rapid.IntRange(1, 8).Draw(t, "pairs") {
				way := ways[rapid.IntRange(0, len(ways)-1).Draw(t, "way")]
				folder := certs + rapid.SampledFrom([]string{"", "x/", "y/"}).Draw(t, "folder")
				way(t, files, folder, rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "pair"))
			}
			if found := mismatches(files); len(found) > 0 {
				t.Fatalf("%v", found)
			}
		})
	})
})
