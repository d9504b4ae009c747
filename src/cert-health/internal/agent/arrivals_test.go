package agent

import (
	"encoding/json"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
)

var _ = Describe("arrivals", func() {
	const file = "/var/vcap/jobs/rep/config/x.crt"
	start := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	at := func(minute int) time.Time { return start.Add(time.Duration(minute) * time.Minute) }
	present := func(numbers ...byte) (list []cert.Deployed) {
		for _, n := range numbers {
			list = append(list, cert.Deployed{Certificate: &cert.Certificate{Fingerprint: cert.Fingerprint{n}},
				Locations: []cert.Location{{Job: "rep", File: file}, {File: "/outside"}}})
		}
		return list
	}
	arrived := func(n byte, after, by int) cert.Arrival {
		return cert.Arrival{Fingerprint: cert.Fingerprint{n}, File: file, After: at(after), By: at(by)}
	}
	var a arrivals
	BeforeEach(func() { a = arrivals{} })

	It("are certificates that are new in a known file", func() {
		Expect(a.note(present(1), at(0))).To(BeTrue())
		Expect(a.note(present(1), at(1))).To(BeFalse())
		Expect(a.list()).To(BeEmpty(), "the first certificates of a file are not new")
		Expect(a.note(present(2, 3), at(2))).To(BeTrue())
		Expect(a.list()).To(Equal([]cert.Arrival{arrived(2, 1, 2), arrived(3, 1, 2)}))
		Expect(a.note(present(3, 2), at(3))).To(BeFalse())
		Expect(a.note(present(3), at(4))).To(BeTrue())
		Expect(a.list()).To(Equal([]cert.Arrival{arrived(3, 1, 2)}))
		Expect(a.note(nil, at(5))).To(BeTrue())
		Expect(a.list()).To(BeEmpty())
	})

	It("are kept over restarts, with the time of the last scan before them", func() {
		a.note(present(1), at(0))
		a.note(present(1), at(7))
		contents, err := json.Marshal(a)
		Expect(err).NotTo(HaveOccurred())
		var b arrivals
		Expect(json.Unmarshal(contents, &b)).To(Succeed())
		b.note(present(2), at(60))
		Expect(b.list()).To(Equal([]cert.Arrival{arrived(2, 7, 60)}))
	})

	It("are forgotten if they seem to be to come, because the clock was set back", func() {
		a.note(present(1), at(0))
		a.note(present(1, 2), at(1))
		a.note(present(1, 2, 3), at(20))
		a.rewind(at(5))
		Expect(a.list()).To(Equal([]cert.Arrival{arrived(2, 0, 1)}))
		a.note(present(1, 2, 3, 4), at(6))
		Expect(a.list()).To(Equal([]cert.Arrival{arrived(2, 0, 1), arrived(4, 5, 6)}))
	})

	It("are settled if no process of the job is older", func() {
		a.note(present(1), at(0))
		a.note(present(2), at(1))
		seen := a.list()
		older, other := cert.Process{Job: "rep", Started: at(-1)}, cert.Process{Job: "bbs", Started: at(-1)}
		Expect(a.settle(seen, []cert.Process{other, older})).To(BeFalse())
		Expect(a.list()).To(Equal(seen))
		a.note(present(2, 4), at(2))
		Expect(a.settle(seen, []cert.Process{other, {Job: "rep", Started: at(0)}})).To(BeTrue())
		Expect(a.list()).To(Equal([]cert.Arrival{arrived(4, 1, 2)}), "a later arrival is not settled")
	})
})
