package alert_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/alert"
)

func TestAlert(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Alert")
}

// item is a certificate's, by number.
func item(n int) alert.Item {
	return alert.Item{
		Name: fmt.Sprintf("c%d.internal", n), Fingerprint: fmt.Sprintf("%012x", n), Job: "rep", Place: "rep config/certs/server.crt:1 +2",
		Message: "expired 3 hours ago (2026-11-22 00:04 UTC); its peers refuse it", Next: "bosh -d cf deploy",
	}
}

// title is how bosh-agent builds it.
func title(a alert.Alert) string {
	return fmt.Sprintf("%s (10.0.0.5) - %s - %s", alert.Service, a.Event(), a.Action())
}

var _ = Describe("Alert", func() {
	DescribeTable("title and severity",
		func(a alert.Alert, expected string, severity int) {
			Expect(title(a)).To(Equal(expected))
			Expect(a.Severity()).To(Equal(severity))
		},
		Entry("expired", alert.Alert{Class: alert.Expired, Total: 2, Items: []alert.Item{item(1), item(2)}},
			"cert-health (10.0.0.5) - Certificate expired - 2 certificates of rep", 2),
		Entry("drift", alert.Alert{Class: alert.Drift, Total: 1, Items: []alert.Item{item(1)}},
			"cert-health (10.0.0.5) - Content failed - Certificate drift: 1 certificate of rep", 3),
		Entry("not loaded", alert.Alert{Class: alert.NotLoaded, Total: 1}, "cert-health (10.0.0.5) - Content failed - Certificate not loaded: 1 certificate", 3),
		Entry("unverified", alert.Alert{Class: alert.Unverified, Total: 1, Items: []alert.Item{item(1)}},
			"cert-health (10.0.0.5) - Content failed - Certificate unverified: 1 certificate of rep", 3),
		Entry("expiring", alert.Alert{Class: alert.Expiring, Total: 3}, "cert-health (10.0.0.5) - Timestamp changed - Certificate expiring: 3 certificates", 4),
		Entry("cleared", alert.Alert{Class: alert.Drift, Cleared: true}, "cert-health (10.0.0.5) - Checksum changed - Certificates well again: no drift", 4),
	)

	It("names certificate, place, reason and steps in one line", func() {
		Expect(alert.Alert{Class: alert.Expired, Total: 3, Items: []alert.Item{item(1)}}.Description()).To(Equal(
			"c1.internal [000000000001] at rep config/certs/server.crt:1 +2: expired 3 hours ago (2026-11-22 00:04 UTC); its peers refuse it -> bosh -d cf deploy | and 2 more"))
	})

	It("is read back from what the Health Monitor passes on", func() {
		for _, class := range alert.Classes() {
			sent := alert.Alert{Class: class, Total: 12}
			for n := range 12 {
				sent.Items = append(sent.Items, item(n))
			}
			received, ours := alert.Parse(title(sent), sent.Description())
			Expect(ours).To(BeTrue())
			Expect(received.Class).To(Equal(class))
			Expect(received.Total).To(Equal(12))
			Expect(received.Items).To(HaveLen(alert.MaxItems))
			expected := item(0)
			expected.Job = ""
			Expect(received.Items[0]).To(Equal(expected))

			cleared, ours := alert.Parse(title(alert.Alert{Class: class, Cleared: true}), "")
			Expect(ours).To(BeTrue())
			Expect(cleared).To(Equal(alert.Alert{Class: class, Cleared: true}))
		}
	})

	It("is read back from a title without an address, which bosh-agent sends while the VM has none", func() {
		received, ours := alert.Parse("cert-health - Certificate expired - 1 certificate of rep", alert.Alert{Total: 1, Items: []alert.Item{item(1)}}.Description())
		Expect(ours).To(BeTrue())
		Expect(received).To(And(HaveField("Class", alert.Expired), HaveField("Total", 1)))
	})

	DescribeTable("is read back from the end that earlier agents write",
		func(class alert.Class, action string) {
			received, ours := alert.Parse("cert-health (10.0.0.5) - Checksum changed - "+action, "")
			Expect(ours).To(BeTrue())
			Expect(received).To(Equal(alert.Alert{Class: class, Cleared: true}))
		},
		Entry("drift", alert.Drift, "Certificates well again: none drift"),
		Entry("not loaded", alert.NotLoaded, "Certificates well again: none not loaded"),
	)

	It("has a row with all parts for each class", func() {
		events := map[string]bool{}
		for _, class := range alert.Classes() {
			for _, cleared := range []bool{false, true} {
				a := alert.Alert{Class: class, Cleared: cleared, Total: 1}
				Expect(a.Severity()).To(BeNumerically(">", 1))
				Expect(a.Event()).NotTo(BeEmpty())
				events[a.Event()+": "+a.Action()] = true
				if cleared {
					Expect(a.Description()).To(HaveSuffix("any more"))
				}
			}
		}
		Expect(events).To(HaveLen(2*len(alert.Classes())), "the title alone tells the class")
	})

	It("is not read from the texts of other senders", func() {
		for _, foreign := range []string{"", "nats (10.0.0.5) - Does not exist - restart", "cert-health-expired (10.0.0.5) - Size failed - alert",
			"cert-health (10.0.0.5) - Does not exist - restart", "cert-health - Does not exist - restart", "cert-health (10.0.0.5) - Content failed - alert"} {
			_, ours := alert.Parse(foreign, "x")
			Expect(ours).To(BeFalse(), foreign)
		}
	})

	It("is one line of limited size whatever its items are, and is read back with all of them counted", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			a := alert.Alert{Class: rapid.SampledFrom(alert.Classes()).Draw(t, "class")}
			for n := range rapid.IntRange(1, 15).Draw(t, "items") {
				i := item(n)
				i.Name = rapid.String().Draw(t, "name") + strings.Repeat("x", rapid.IntRange(0, 900).Draw(t, "length"))
				i.Place, i.Message, i.Next = rapid.String().Draw(t, "place"), rapid.String().Draw(t, "message"), rapid.String().Draw(t, "next")
				a.Items = append(a.Items, i)
			}
			a.Total = len(a.Items) + rapid.IntRange(0, 1000).Draw(t, "more")
			line := a.Description()
			if len(line) >= 4000 || strings.ContainsAny(line, "\r\n\x00") || !utf8.ValidString(line) {
				t.Fatalf("%d bytes: %q", len(line), line)
			}
			received, ours := alert.Parse(title(a), line)
			if !ours || received.Total != a.Total {
				t.Fatalf("%d of %d came back: %q", received.Total, a.Total, line)
			}
		})
	})
})
