package credhub_test

import (
	"context"
	"encoding/json"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/standin/credhub"
	operator "cert-health/internal/credhub"
	"cert-health/internal/credhub/renewal"
	"cert-health/internal/plan"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
)

var _ = Describe("cert-health x509 renew --source credhub", func() {
	var (
		r      *rig
		client *operator.Client
	)
	ctx := context.Background()
	BeforeEach(func() {
		r = start(credhub.Options{})
		var err error
		client, err = operator.New(operator.Options{Address: r.server.URL, CACert: r.ca.CertPEM(), ClientID: "admin", ClientSecret: secret.New("admin-secret")})
		Expect(err).NotTo(HaveOccurred())
		_, err = r.credhub.Generate("/cf/ca", "", scenario.Spec{CommonName: "ca", CA: true})
		Expect(err).NotTo(HaveOccurred())
		_, err = r.credhub.Generate("/cf/leaf", "/cf/ca", scenario.Spec{CommonName: "leaf", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(0, 0, -1)})
		Expect(err).NotTo(HaveOccurred())
	})
	run := func(names ...string) []plan.Result {
		GinkgoHelper()
		job, err := renewal.Prepare(ctx, client, renewal.Options{Names: names, Lifetime: 30 * 24 * time.Hour})
		Expect(err).NotTo(HaveOccurred())
		results := job.Run(ctx)
		said, err := json.Marshal(plan.Outcome{Plan: job.Plan(), Results: results})
		Expect(err).NotTo(HaveOccurred())
		Expect(string(said)).NotTo(ContainSubstring("PRIVATE KEY"))
		Expect(plan.Outcome{Results: results}.Failed()).To(BeFalse(), string(said))
		return results
	}
	named := func(name string) *operator.Certificate {
		GinkgoHelper()
		c, err := client.Named(ctx, name)
		Expect(err).NotTo(HaveOccurred())
		return c
	}

	It("makes a new version of a leaf, and reads no value with a key", func() {
		before := named("/cf/leaf")
		reads := r.credhub.Reads()
		run("/cf/leaf")
		after := named("/cf/leaf")
		Expect(after.Versions).To(HaveLen(2))
		Expect(after.Versions[1].ID).To(Equal(before.Versions[0].ID))
		Expect(after.Versions[0].Expires.Time).To(BeTemporally("~", time.Now().AddDate(0, 0, 30), 25*time.Hour))
		Expect(after.Versions[0].Transitional).To(BeFalse())
		Expect(r.credhub.Reads()).To(Equal(reads))
	})

	It("begins the rotation of a CA: its new version is transitional, and the old one still signs", func() {
		run("/cf/leaf", "/cf/ca")
		ca := named("/cf/ca")
		Expect(ca.Transitional()).To(Equal(0))
		Expect(ca.Active()).To(Equal(1))
		_, err := renewal.Prepare(ctx, client, renewal.Options{Names: []string{"/cf/ca"}})
		Expect(err).To(MatchError(ContainSubstring("a rotation of this CA is under way")))
	})

	It("says what the client may not do", func() {
		r.credhub.Permit("uaa-client:reader", "/cf/*", "read")
		own, err := operator.New(operator.Options{Address: r.server.URL, CACert: r.ca.CertPEM(), ClientID: "reader", ClientSecret: secret.New("reader-secret")})
		Expect(err).NotTo(HaveOccurred())
		job, err := renewal.Prepare(ctx, own, renewal.Options{Names: []string{"/cf/leaf"}})
		Expect(err).NotTo(HaveOccurred())
		Expect(job.Run(ctx)).To(HaveExactElements(And(HaveField("State", plan.Failed), HaveField("Detail", ContainSubstring("CredHub")))))
		Expect(named("/cf/leaf").Versions).To(HaveLen(1))
	})
})
