package remind

import (
	"bytes"
	"time"

	"github.com/emersion/go-ical"
	"github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = ginkgo.Describe("the calendar", func() {
	read := func(entries ...Entry) []ical.Event {
		contents := Calendar(entries, at)
		for line := range bytes.SplitSeq(contents, []byte("\r\n")) {
			Expect(len(line)).To(BeNumerically("<=", 75), "RFC 5545 folds longer lines")
		}
		calendar, err := ical.NewDecoder(bytes.NewReader(contents)).Decode()
		Expect(err).NotTo(HaveOccurred())
		return calendar.Events()
	}

	ginkgo.It("has a day for each certificate, with an alarm a week before", func() {
		events := read(expiring("bbs", 5), expiring("rep", -1))
		Expect(events).To(HaveLen(2))
		Expect(events[0].Props.Text(ical.PropUID)).To(Equal("bbs@cert-health"))
		start, err := events[0].DateTimeStart(time.UTC)
		Expect(err).NotTo(HaveOccurred())
		Expect(start.Format(time.DateOnly)).To(Equal("2026-12-01"))
		Expect(events[0].Props.Text(ical.PropSummary)).To(Equal("bbs expires"))
		Expect(events[0].Children).To(HaveLen(1))
		Expect(events[0].Children[0].Props.Get(ical.PropTrigger).Duration()).To(Equal(-7 * 24 * time.Hour))
	})

	ginkgo.It("is valid without certificates, and without those that never end", func() {
		endless := expiring("ca", 5)
		endless.NotAfter = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
		Expect(read()).To(BeEmpty())
		Expect(read(endless, Entry{Key: "source/vault", Name: "vault"})).To(BeEmpty())
	})

	ginkgo.It("lets no name write lines of its own", func() {
		e := expiring("x\r\nBEGIN:VEVENT\r\nSUMMARY:forged", 5)
		e.Key = "1"
		e.Places = []string{"a;b,c\\d\r\nEND:VCALENDAR"}
		events := read(e)
		Expect(events).To(HaveLen(1))
		Expect(events[0].Props.Text(ical.PropDescription)).To(ContainSubstring(`a;b,c\d`))
	})
})
