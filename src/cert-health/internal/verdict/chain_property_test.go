package verdict_test

import (
	"crypto/x509"
	"flag"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

// accepted tells whether crypto/x509 accepts a leaf that is sent with some CAs, where
// some are trusted.
func accepted(leaf *scenario.Pair, shown, trusted []*scenario.Pair) bool {
	options := x509.VerifyOptions{CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool()}
	for _, p := range trusted {
		options.Roots.AddCert(p.X509)
	}
	for _, p := range shown {
		options.Intermediates.AddCert(p.X509)
	}
	_, err := leaf.X509.Verify(options)
	return err == nil
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// spans are from when to when certificates are valid, in days of now.
var spans = [][2]float64{{-30, 3000}, {-30, 3000}, {-30, 3000}, {-300, -1}, {2, 300}, {-300, 20}, {-30, 300}}

// keys are those that random CAs have: few, so that they meet.
var keys = func() (pairs []*scenario.Pair) {
	for _, kind := range []scenario.KeyKind{scenario.ECDSA, scenario.ECDSA, scenario.ECDSA, scenario.Ed25519, scenario.RSA} {
		pairs = append(pairs, scenario.Issue(scenario.Spec{Key: kind}))
	}
	return pairs
}()

// pki issues some CAs, each by itself or by an earlier one. Names and keys repeat.
func pki(t *rapid.T) (cas []*scenario.Pair) {
	for i := range rapid.IntRange(1, 6).Draw(t, "CAs") {
		span := rapid.SampledFrom(spans).Draw(t, "span")
		ca := scenario.Spec{CA: true, CommonName: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name"),
			SameKey: rapid.SampledFrom(keys).Draw(t, "key"), Unlinked: rapid.Bool().Draw(t, "unlinked"),
			Permitted: rapid.SampledFrom([][]string{nil, nil, nil, {"rep"}, {"bbs"}}).Draw(t, "permitted")}
		lasting(span[0], span[1])(&ca)
		if by := rapid.IntRange(-1, i-1).Draw(t, "issuer"); by >= 0 {
			ca.Issuer = cas[by]
		}
		cas = append(cas, scenario.Issue(ca))
	}
	return cas
}

var _ = Describe("chains at random", func() {
	BeforeEach(func() {
		// A failing example is reproduced by its seed; no file is left behind.
		Expect(flag.Set("rapid.nofailfile", "true")).To(Succeed())
	})

	It("have no fault if crypto/x509 accepts them", func() {
		well, broken := 0, 0
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			cas := pki(t)
			some := func(label string) []*scenario.Pair {
				return rapid.SliceOfN(rapid.SampledFrom(cas), 0, 4).Draw(t, label)
			}
			span := rapid.SampledFrom(spans).Draw(t, "leaf's span")
			leaf := issue(rapid.SampledFrom(cas).Draw(t, "leaf's issuer"), lasting(span[0], span[1]), keyOf(keys[0]),
				func(s *scenario.Spec) { s.Unlinked = rapid.Bool().Draw(t, "leaf unlinked") })
			shown, beside, trusted := some("shown"), some("beside"), some("trusted")
			other := issue(cas[0], keyOf(keys[0]), func(s *scenario.Spec) { s.Client = true })
			found := tree{tls: pem(append([]*scenario.Pair{leaf}, shown...)...), caFile: pem(trusted...),
				"rep/other.crt": pem(append([]*scenario.Pair{other}, beside...)...),
				"bbs/ca.crt":    pem(some("trusted elsewhere")...), "bbs/tls.crt": pem(append([]*scenario.Pair{other}, some("shown elsewhere")...)...),
			}.findings(verdict.Facts{}, verdict.Untrusted)
			ok := accepted(leaf, append(shown, beside...), trusted)
			well += count(ok)
			for _, finding := range found {
				about := strings.HasPrefix(strings.TrimPrefix(finding.Message, "in "), inTLS)
				if about && finding.Severity > verdict.Info {
					broken++
					if ok {
						t.Fatalf("%s", finding.Message)
					}
				}
			}
		})
		Expect(well).To(BeNumerically(">", 5))
		Expect(broken).To(BeNumerically(">", 5))
	})

	It("have the fault that was put into them", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			key := rapid.SampledFrom(keys)
			fresh := func(s *scenario.Spec) { s.SameKey = key.Draw(t, "key") }
			root := authorityOf("root", nil, fresh)
			chain := []*scenario.Pair{}
			top := root
			for i := range rapid.IntRange(0, 2).Draw(t, "intermediates") {
				top = authorityOf(fmt.Sprintf("sub%d", i), top, fresh)
				chain = append([]*scenario.Pair{top}, chain...)
			}
			leaf := issue(top, keyOf(keys[0]))
			check := func(leaf *scenario.Pair, shown, trusted []*scenario.Pair, files tree, says string) {
				t.Helper()
				if accepted(leaf, shown, trusted) != (says == "") {
					t.Fatalf("crypto/x509 does not agree: %s", says)
				}
				all := tree{tls: pem(append([]*scenario.Pair{leaf}, shown...)...), caFile: pem(trusted...)}
				for path, text := range files {
					all[path] = text
				}
				found := all.findings(verdict.Facts{}, verdict.Untrusted)
				if says == "" && len(found) > 0 || says != "" && (len(found) != 1 || !strings.Contains(found[0].Message, says)) {
					t.Fatalf("%q: %v", says, found)
				}
			}
			check(leaf, chain, []*scenario.Pair{root}, nil, "")
			check(leaf, chain, []*scenario.Pair{authorityOf("root", nil), root}, nil, "")
			check(leaf, chain, []*scenario.Pair{authorityOf("root", nil)}, nil, "has another key")
			check(leaf, chain, []*scenario.Pair{authorityOf("root", nil, keyOf(root), lasting(-300, -1))}, nil, "expired 24 hours ago")
			check(leaf, chain, []*scenario.Pair{authorityOf("root", nil, keyOf(root), lasting(1, 300))}, nil, "becomes valid in 24 hours")
			check(leaf, chain, []*scenario.Pair{authorityOf("root", nil, keyOf(root), func(s *scenario.Spec) { s.Permitted = []string{"bbs"} })}, nil, "do not allow rep")
			if len(chain) > 0 {
				last := len(chain) - 1
				others := tree{"bbs/tls.crt": pem(append([]*scenario.Pair{issue(top, keyOf(keys[0]))}, chain...)...)}
				check(leaf, chain[:last], []*scenario.Pair{root}, others, "lacks the intermediate CN=sub0")
				expired := authorityOf("sub0", root, keyOf(chain[last]), lasting(-300, -1))
				check(leaf, append(chain[:last:last], expired), []*scenario.Pair{root}, nil, "CN=sub0 in the same file, which expired")
			}
		})
	})
})
