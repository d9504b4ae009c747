package agent_test

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

var _ = Describe("A revocation list", func() {
	var (
		r  *rig
		ca *scenario.Pair
	)
	list := func(left time.Duration) string {
		until := time.Now().Add(left)
		return scenario.Armour("X509 CRL", ca.CRLBetween(until.AddDate(0, 0, -90), until))
	}

	BeforeEach(func() {
		r, ca = newRig(), scenario.Issue(scenario.Spec{CommonName: "clients", CA: true})
		r.deploy(scenario.Files{"ca.pem": ca.CertPEM(), "crl.pem": list(-10 * time.Minute)})
	})

	It("after its next update is in the status file, and only once in the log", func() {
		r.start()
		r.first()
		Expect(r.status("expired")).To(MatchRegexp(`^error revocation list of CN=clients at rep crl.pem:1: its next update was due 1\d minutes ago \(.*\); ` +
			`programs that check by it refuse every certificate of this CA, .*; next: .*\n$`))
		for range 3 {
			r.pass()
		}
		Expect(strings.Count(r.log.String(), "revocation list")).To(Equal(1))
		r.deploy(scenario.Files{"ca.pem": ca.CertPEM(), "crl.pem": list(80 * 24 * time.Hour)})
		r.pass()
		Expect(r.status("expired")).To(BeEmpty())
		Expect(r.log.String()).To(ContainSubstring("no more: expired of revocation list of CN=clients"))
	})

	It("can be ignored by its file, until a date", func() {
		r.configure("ignore: [{job: rep, file: \"**/crl.pem\", codes: [expired], reason: not used, until: 2099-01-01}]")
		r.start()
		r.first()
		Expect(r.status("expired")).To(BeEmpty())
	})
})
