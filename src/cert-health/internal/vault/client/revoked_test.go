package client_test

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

var _ = Describe("the revocation list of a CA", func() {
	var (
		name     string
		ca, leaf *scenario.Pair
	)
	BeforeEach(func() {
		name = server.Engine(2)
		ca = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		leaf = scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
	})
	read := func(contents map[string]any) client.SecretVersion {
		GinkgoHelper()
		server.WriteSecret(name, "ca", contents)
		c := newClient(options(client.Auth{Token: secret.New(server.Token)}))
		s, err := c.ReadSecret(ctx, client.Mount{Path: name + "/", Version: 2}, "ca", 0, &client.Reader{})
		Expect(err).NotTo(HaveOccurred())
		Expect(held(s)).To(Equal([]string{"certificate ca"}))
		return s
	}
	withList := func(list string) map[string]any {
		contents := ca.Safe()
		contents["crl"] = list
		return contents
	}

	It("is read from the layout of safe", func() {
		Expect(read(ca.Safe()).Revoked).To(BeEmpty())
		Expect(read(ca.Revoking(leaf)).Revoked).To(ConsistOf(And(
			HaveField("Signer", ca.KeyDigest().Mark()), HaveField("Serial", cert.SerialMark(leaf.Noun().Serial)),
			HaveField("At", BeTemporally("~", time.Now(), time.Minute)))))
	})
	It("counts only if a CA in the same secret signed it", func() {
		other := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		Expect(read(withList(other.Revoking(leaf)["crl"].(string))).Revoked).To(BeEmpty())
	})
	It("is cut off after the newest entries", func() {
		var many []*scenario.Pair
		for range reference.MaxRevoked + 5 {
			many = append(many, leaf)
		}
		revoked := read(ca.Revoking(many...)).Revoked
		Expect(revoked).To(HaveLen(reference.MaxRevoked))
		Expect(revoked[0].At).To(BeTemporally("~", time.Now(), time.Minute))
		for i := range revoked[1:] {
			Expect(revoked[i].At).NotTo(BeTemporally("<", revoked[i+1].At))
		}
		Expect(revoked[0].At.Sub(revoked[len(revoked)-1].At)).To(BeNumerically("~", (reference.MaxRevoked-1)*time.Second, 2*time.Second))
	})
	It("is a problem if it is damaged or too large, and nothing if it is another value", func() {
		Expect(read(withList("no list")).Broken).To(BeEmpty())
		Expect(read(withList(scenario.Armour("X509 CRL", []byte("no list")))).Broken).To(Equal([]string{
			`its key "crl" contains a revocation list that cannot be read: make a new one (cert-health x509 crl --renew)`}))
		Expect(read(withList(strings.Repeat("x", 600<<10))).Broken).To(Equal([]string{`its key "crl" is longer than 512 KiB: it is not known what it revokes`}))
	})
})
