package keep_test

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/keep"
)

// family is a root, an intermediate CA, a leaf and its successor.
type family struct{ root, ca, leaf, next *scenario.Pair }

func newFamily() family {
	root := scenario.Issue(scenario.Spec{CommonName: "root", CA: true})
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Issuer: root})
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
	return family{root, ca, leaf, scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, SameKey: leaf})}
}

var _ = Describe("a secret", func() {
	for _, version := range []int{1, 2} {
		Describe(fmt.Sprintf("in an engine of version %d", version), func() {
			var (
				e     engine
				store keep.Store
				f     family
			)
			BeforeEach(func() { e, store, f = newEngine(version), storeOf(options()), newFamily() })
			change := func(c keep.Change) map[string]any {
				GinkgoHelper()
				before, err := store.Read(ctx, e.path("leaf"))
				Expect(err).NotTo(HaveOccurred())
				after := before.Apply(c)
				Expect(store.Write(ctx, before, after)).To(Succeed())
				before.Wipe()
				after.Wipe()
				return e.get("leaf")
			}

			It("keeps the chain, the key, and the keys that are not safe's", func() {
				held := f.leaf.Safe()
				held["certificate"] = "# the leaf\n" + f.leaf.CertPEM() + "# its chain\n" + f.ca.CertPEM() + f.root.CertPEM()
				held["note"], held["password"] = "by hand", "x"
				e.put("leaf", held)
				expected := maps.Clone(held)
				expected["certificate"] = strings.ReplaceAll(held["certificate"].(string), f.leaf.CertPEM(), f.next.CertPEM())
				expected["combined"] = f.next.CertPEM() + f.leaf.KeyPEM()
				Expect(change(keep.Change{Certificate: f.next.X509})).To(Equal(expected))
			})

			It("replaces a CA of the chain that has a successor", func() {
				e.put("leaf", map[string]any{"certificate": f.leaf.CertPEM() + f.ca.CertPEM() + f.root.CertPEM(), "key": f.leaf.KeyPEM()})
				ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Issuer: f.root, SameKey: f.ca})
				got := change(keep.Change{Certificate: f.next.X509, Chain: map[[32]byte]*x509.Certificate{sha256.Sum256(f.ca.X509.Raw): ca.X509}})
				Expect(got["certificate"]).To(Equal(f.next.CertPEM() + ca.CertPEM() + f.root.CertPEM()))
				Expect(got).NotTo(HaveKey("combined"), "it had none")
			})

			DescribeTable("keeps the form of combined", func(form func(leaf *scenario.Pair, key string) string) {
				held := f.leaf.Safe()
				held["combined"] = form(f.leaf, f.leaf.KeyPEM())
				e.put("leaf", held)
				other := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: f.ca})
				got := change(keep.Change{Certificate: other.X509, Key: []byte(other.KeyPEM())})
				Expect(got["combined"]).To(Equal(form(other, other.KeyPEM())))
				Expect(got["key"]).To(Equal(other.KeyPEM()))
			},
				Entry("of safe", func(leaf *scenario.Pair, key string) string { return leaf.CertPEM() + key }),
				Entry("with the key first", func(leaf *scenario.Pair, key string) string { return key + leaf.CertPEM() }),
				Entry("with text", func(leaf *scenario.Pair, key string) string { return "a\n" + leaf.CertPEM() + "\n\nb\n" + key + "c" }),
				Entry("with the line breaks of Windows", func(leaf *scenario.Pair, key string) string {
					return strings.ReplaceAll(leaf.CertPEM()+key, "\n", "\r\n")
				}),
				Entry("without a last line break", func(leaf *scenario.Pair, key string) string { return strings.TrimSpace(leaf.CertPEM() + key) }),
			)

			It("makes a combined of another certificate new", func() {
				held := f.leaf.Safe()
				held["combined"] = f.ca.CertPEM()
				e.put("leaf", held)
				Expect(change(keep.Change{Certificate: f.next.X509})["combined"]).To(Equal(f.next.CertPEM() + f.leaf.KeyPEM()))
			})

			It("is made in safe's layout", func() {
				before, err := store.Read(ctx, e.path("new/leaf"))
				Expect(err).NotTo(HaveOccurred())
				Expect(before.Exists()).To(BeFalse())
				after := before.Apply(keep.Change{Certificate: f.leaf.X509, Behind: []*x509.Certificate{f.ca.X509}, Key: []byte(f.leaf.KeyPEM()), Serial: big.NewInt(255), CRL: f.ca.CRLBetween(f.ca.X509.NotBefore, f.ca.X509.NotAfter)})
				Expect(store.Write(ctx, before, after)).To(Succeed())
				got := e.get("new/leaf")
				Expect(got["combined"]).To(Equal(f.leaf.CertPEM() + f.ca.CertPEM() + f.leaf.KeyPEM()))
				Expect(got["serial"]).To(Equal("ff"))
				Expect(got["crl"]).To(HavePrefix("-----BEGIN X509 CRL-----\n"))
				now, err := store.Read(ctx, e.path("new/leaf"))
				Expect(err).NotTo(HaveOccurred())
				Expect(now.Chain()).To(HaveLen(2))
				Expect(now.CRL()).NotTo(BeNil())
			})

			It("is not written over another version", func() {
				e.put("leaf", f.leaf.Safe())
				before, err := store.Read(ctx, e.path("leaf"))
				Expect(err).NotTo(HaveOccurred())
				e.put("leaf", f.next.Safe())
				err = store.Write(ctx, before, before.Apply(keep.Change{Certificate: f.next.X509, Key: []byte("x")}))
				Expect(err).To(MatchError("write " + e.path("leaf") + ": someone else has changed this secret in the meantime: run the command again"))
				Expect(e.get("leaf")).To(Equal(f.next.Safe()))
			})

			It("never prints", func() {
				e.put("leaf", f.leaf.Safe())
				s, err := store.Read(ctx, e.path("leaf"))
				Expect(err).NotTo(HaveOccurred())
				Expect(fmt.Sprintf("%v %+v %#v", s, s, *s)).NotTo(ContainSubstring("PRIVATE"))
			})

			It("gives each of many writers another serial number", func() {
				held := f.ca.Safe()
				held["serial"] = "ff"
				e.put("ca", held)
				var mutex sync.Mutex
				var group sync.WaitGroup
				taken := map[string]bool{}
				for range 4 {
					own := storeOf(options())
					group.Go(func() {
						defer GinkgoRecover()
						for range 5 {
							serial, err := own.TakeSerial(ctx, e.path("ca"), f.ca.X509, rand.Reader)
							Expect(err).NotTo(HaveOccurred())
							mutex.Lock()
							taken[serial.String()] = true
							mutex.Unlock()
						}
					})
				}
				group.Wait()
				Expect(taken).To(HaveLen(20))
				got := e.get("ca")
				if version == 2 {
					Expect(got["serial"]).To(Equal(fmt.Sprintf("%x", 255+20)))
				}
				delete(got, "serial")
				delete(held, "serial")
				Expect(got).To(Equal(held), "all else is kept")
			})

			It("gives no serial number if it is another CA by now", func() {
				e.put("ca", f.root.Safe())
				_, err := store.TakeSerial(ctx, e.path("ca"), f.ca.X509, rand.Reader)
				Expect(err).To(MatchError(ContainSubstring("its certificate has changed in the meantime")))
			})

			It("gives a random number without a counter, and writes nothing", func() {
				held := f.ca.Safe()
				delete(held, "serial")
				e.put("ca", held)
				serial, err := store.TakeSerial(ctx, e.path("ca"), f.ca.X509, rand.Reader)
				Expect(err).NotTo(HaveOccurred())
				Expect(serial.BitLen()).To(BeNumerically(">", 100))
				Expect(e.get("ca")).To(Equal(held))
			})

			It("says which write the token does not permit", func() {
				e.put("leaf", f.leaf.Safe())
				o := options()
				mount := client.Mount{Path: e.name + "/", Version: version}
				o.Auth.Token = secret.New(server.LimitedToken(scenario.Allow(e.name+"/*", "read", "list") + scenario.Allow(mount.Data("free"), "create", "update", "read")))
				store = storeOf(o)
				leaf, err := store.Read(ctx, e.path("leaf"))
				Expect(err).NotTo(HaveOccurred())
				free, err := store.Read(ctx, e.path("free"))
				Expect(err).NotTo(HaveOccurred())
				Expect(store.Writable(ctx, []*keep.Secret{free})).To(Succeed())
				Expect(store.Writable(ctx, []*keep.Secret{free, leaf})).To(MatchError(ContainSubstring("write " + e.path("leaf") + ": the policy of the token does not permit update on " + mount.Data("leaf"))))
			})
		})
	}
})

var _ = Describe("a tree", func() {
	It("finds the signer by its signature, and a CA that has a new key by its earlier version", func() {
		e, store, f := newEngine(2), storeOf(options()), newFamily()
		other := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Issuer: f.root})
		e.put("a/ca", f.ca.Safe())
		e.put("b/ca", other.Safe())
		e.put("copy", map[string]any{"certificate": f.ca.CertPEM()})
		e.put("a/leaf", f.leaf.Safe())
		e.put("a/note", map[string]any{"x": "y"})
		tree := store.Tree(ctx, []string{e.name, e.path("a")}, 100, nil)
		Expect(tree.Problems).To(BeEmpty())
		Expect(paths(tree.Entries)).To(Equal([]string{e.path("a/ca"), e.path("a/leaf"), e.path("b/ca"), e.path("copy")}))
		leaf := f.leaf.Noun()
		Expect(paths(tree.Signers(leaf))).To(Equal([]string{e.path("a/ca")}))

		e.put("a/ca", other.Safe())
		tree = store.Tree(ctx, []string{e.name}, 100, nil)
		Expect(tree.Signers(leaf)).To(BeEmpty())
		Expect(paths(store.Successors(ctx, tree, leaf))).To(Equal([]string{e.path("a/ca")}))
		Expect(tree.Entries[0].Certificate.SignedBy(f.root.Noun())).To(Equal(cert.Signed))
	})
})

func paths(entries []*keep.Entry) []string {
	list := []string{}
	for _, e := range entries {
		list = append(list, e.Full())
	}
	return list
}
