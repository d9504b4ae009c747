package db_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/db"
)

// value is the first of two results; the second must be nil.
func value[T any](result T, err error) T {
	GinkgoHelper()
	Expect(err).NotTo(HaveOccurred())
	return result
}

var _ = Describe("what people do", func() {
	for _, p := range places() {
		Context("in "+p.name, func() {
			var d *db.DB
			ctx := context.Background()
			BeforeEach(func() { d = open(p.url()) })

			It("keeps acknowledgements", func() {
				c := issued("a.example.com")
				ack := db.Ack{Certificate: c.ID, Until: noon.Add(time.Hour), Reason: "we know\x00", By: "ann", At: noon}
				Expect(d.Acknowledge(ctx, ack)).To(Succeed())
				ack.Reason = "we still know"
				Expect(d.Acknowledge(ctx, ack)).To(Succeed())
				before := value(d.Load(ctx))
				Expect(before.Acknowledgements).To(Equal([]db.Ack{ack}))
				Expect(d.Unacknowledge(ctx, c.ID)).To(Succeed())
				Expect(d.Unacknowledge(ctx, c.ID)).To(MatchError(db.ErrNotFound))
				Expect(value(d.Since(ctx, before.Sequence)).Gone.Acknowledgements).To(ConsistOf(c.ID))
				Expect(value(d.Load(ctx)).Acknowledgements).To(BeEmpty())
			})

			It("keeps events in their order, a page at a time", func() {
				for i := range 5 {
					Expect(d.AddEvent(ctx, db.Event{At: noon, Kind: "login", Actor: "ann", Subject: fmt.Sprint(i), Text: "logs in\x00"})).To(Succeed())
				}
				page := value(d.Events(ctx, 0, 2))
				Expect(page).To(HaveLen(2))
				Expect(page[0]).To(Equal(db.Event{ID: 5, At: noon, Kind: "login", Actor: "ann", Subject: "4", Text: "logs in\uFFFD"}))
				page = value(d.Events(ctx, page[1].ID, 1_000_000))
				Expect(page).To(HaveLen(3))
				Expect(page[2].ID).To(Equal(int64(1)))
			})

			It("keeps users", func() {
				u := db.User{Name: "ann", Hash: []byte{0, 1, 0xff}, Role: "viewer", Created: noon}
				Expect(d.AddUser(ctx, u)).To(Succeed())
				Expect(d.AddUser(ctx, u)).To(MatchError(db.ErrExists))
				Expect(value(d.User(ctx, "ann"))).To(Equal(u))
				u.Role, u.Disabled = "operator", true
				Expect(d.ChangeUser(ctx, u)).To(Succeed())
				Expect(value(d.Users(ctx))).To(Equal([]db.User{u}))
				Expect(d.AddToken(ctx, db.Token{ID: "1", Hash: []byte("x"), Owner: "ann"})).To(Succeed())
				Expect(d.SetCalendar(ctx, "ann", []byte("x"), noon)).To(Succeed())
				Expect(d.RemoveUser(ctx, "ann")).To(Succeed())
				Expect(d.RemoveUser(ctx, "ann")).To(MatchError(db.ErrNotFound))
				Expect(d.ChangeUser(ctx, u)).To(MatchError(db.ErrNotFound))
				_, err := d.User(ctx, "ann\x00")
				Expect(err).To(MatchError(db.ErrNotFound))
				Expect(value(d.Tokens(ctx, ""))).To(BeEmpty())
				_, err = d.CalendarOf(ctx, []byte("x"))
				Expect(err).To(MatchError(db.ErrNotFound))
			})

			It("ends the tokens and the calendar of a user with a new password, and of no other", func() {
				for _, name := range []string{"ann", "bob"} {
					Expect(d.AddUser(ctx, db.User{Name: name, Hash: []byte("old"), Role: "viewer", Created: noon})).To(Succeed())
					Expect(d.AddToken(ctx, db.Token{ID: name, Hash: []byte(name), Owner: name, Role: "viewer"})).To(Succeed())
					Expect(d.SetCalendar(ctx, name, []byte(name), noon)).To(Succeed())
				}
				Expect(d.ChangeUser(ctx, db.User{Name: "ann", Hash: []byte("old"), Role: "operator"})).To(Succeed())
				Expect(value(d.Tokens(ctx, ""))).To(HaveLen(2), "the password is the same")
				Expect(d.ChangeUser(ctx, db.User{Name: "ann", Hash: []byte("new"), Role: "operator"})).To(Succeed())
				Expect(value(d.Tokens(ctx, ""))).To(ConsistOf(HaveField("Owner", "bob")))
				_, err := d.CalendarOf(ctx, []byte("ann"))
				Expect(err).To(MatchError(db.ErrNotFound))
				Expect(value(d.CalendarOf(ctx, []byte("bob")))).To(Equal("bob"))
			})

			It("keeps tokens by their hash", func() {
				t := db.Token{ID: "1", Name: "ci", Hash: []byte{1, 0, 2}, Role: "viewer", Owner: "ann", Created: noon, Expires: noon.Add(time.Hour)}
				Expect(d.AddToken(ctx, t)).To(Succeed())
				Expect(d.AddToken(ctx, t)).To(MatchError(db.ErrExists))
				Expect(value(d.TokenOf(ctx, t.Hash))).To(Equal(t))
				t.LastUsed = noon
				Expect(d.UseToken(ctx, "1", noon)).To(Succeed())
				Expect(value(d.Tokens(ctx, "ann"))).To(Equal([]db.Token{t}))
				Expect(value(d.Tokens(ctx, "bob"))).To(BeEmpty())
				Expect(d.RemoveToken(ctx, "1")).To(Succeed())
				Expect(d.RemoveToken(ctx, "1")).To(MatchError(db.ErrNotFound))
			})

			It("keeps sessions until they expire, and not their tokens", func() {
				now := noon
				s := d.Sessions(func() time.Time { return now })
				Expect(s.Commit("cookie", []byte("old"), noon.Add(time.Hour))).To(Succeed())
				Expect(s.Commit("cookie", []byte{0, 1}, noon.Add(time.Hour))).To(Succeed())
				data, found, err := s.Find("cookie")
				Expect(data).To(Equal([]byte{0, 1}))
				Expect(found).To(BeTrue())
				Expect(err).NotTo(HaveOccurred())
				var hash []byte
				Expect(d.SQL().QueryRow("SELECT hash FROM sessions").Scan(&hash)).To(Succeed())
				Expect(hash).To(HaveLen(32))
				now = noon.Add(time.Hour)
				_, found, err = s.Find("cookie")
				Expect(found).To(BeFalse())
				Expect(err).NotTo(HaveOccurred())
				Expect(d.Prune(ctx, now)).To(Succeed())
				Expect(d.SQL().QueryRow("SELECT hash FROM sessions").Scan(&hash)).NotTo(Succeed())
				Expect(s.Delete("cookie")).To(Succeed())
			})

			It("lets a device in once, after a person has confirmed its code", func() {
				device := db.Device{Hash: []byte("h"), Code: "ABCD-EFGH", Client: "10.0.0.1", Expires: noon.Add(time.Minute)}
				Expect(d.AddDevice(ctx, device, noon)).To(Succeed())
				Expect(d.AddDevice(ctx, device, noon)).To(MatchError(db.ErrExists))
				Expect(value(d.TakeDevice(ctx, device.Hash, noon))).To(Equal(device))
				Expect(value(d.DeviceOf(ctx, device.Code, noon))).To(Equal(device))
				Expect(d.ConfirmDevice(ctx, device.Code, "ann", "viewer", noon.Add(time.Minute))).To(MatchError(db.ErrNotFound))
				Expect(d.ConfirmDevice(ctx, device.Code, "ann", "viewer", noon)).To(Succeed())
				Expect(d.ConfirmDevice(ctx, device.Code, "eve", "operator", noon)).To(MatchError(db.ErrNotFound))
				device.Person, device.Role = "ann", "viewer"
				Expect(value(d.TakeDevice(ctx, device.Hash, noon))).To(Equal(device))
				_, err := d.TakeDevice(ctx, device.Hash, noon)
				Expect(err).To(MatchError(db.ErrNotFound))
				Expect(d.AddDevice(ctx, device, noon)).To(Succeed())
				Expect(d.AddDevice(ctx, device, noon.Add(time.Minute))).To(Succeed(), "the first one has expired")
				Expect(d.RemoveDevice(ctx, device.Code)).To(Succeed())
				Expect(d.RemoveDevice(ctx, device.Code)).To(MatchError(db.ErrNotFound))
			})

			It("keeps the secret of a calendar by its hash", func() {
				Expect(d.SetCalendar(ctx, "ann", []byte("1"), noon)).To(Succeed())
				Expect(d.SetCalendar(ctx, "ann", []byte("2"), noon)).To(Succeed())
				Expect(d.AddUser(ctx, db.User{Name: "bob", Hash: []byte("h"), Created: noon})).To(Succeed())
				Expect(d.SetCalendar(ctx, "bob", []byte("3"), noon)).To(Succeed())
				Expect(value(d.CalendarOf(ctx, []byte("3")))).To(Equal("bob"))
				Expect(d.ChangeUser(ctx, db.User{Name: "bob", Hash: []byte("h"), Disabled: true})).To(Succeed())
				_, ended := d.CalendarOf(ctx, []byte("3"))
				Expect(ended).To(MatchError(db.ErrNotFound), "the user is disabled")
				Expect(value(d.CalendarOf(ctx, []byte("2")))).To(Equal("ann"))
				_, err := d.CalendarOf(ctx, []byte("1"))
				Expect(err).To(MatchError(db.ErrNotFound))
				Expect(d.RemoveCalendar(ctx, "ann")).To(Succeed())
				Expect(d.RemoveCalendar(ctx, "ann")).To(MatchError(db.ErrNotFound))
			})

			It("keeps the notices of each rule", func() {
				a, b := db.Notice{Key: "a", State: json.RawMessage(`{"x":1}`), At: noon}, db.Notice{Key: "b", State: json.RawMessage(`2`), At: noon}
				Expect(d.SaveNotices(ctx, "weekly", []db.Notice{a, b})).To(Succeed())
				Expect(d.SaveNotices(ctx, "daily", []db.Notice{a})).To(Succeed())
				Expect(value(d.Notices(ctx, "weekly"))).To(Equal([]db.Notice{a, b}))
				Expect(d.SaveNotices(ctx, "weekly", []db.Notice{b})).To(Succeed())
				Expect(value(d.Notices(ctx, "weekly"))).To(Equal([]db.Notice{b}))
				Expect(d.SaveNotices(ctx, "weekly", nil)).To(Succeed())
				Expect(value(d.Notices(ctx, "weekly"))).To(BeEmpty())
				Expect(value(d.Notices(ctx, "daily"))).To(HaveLen(1))
			})
		})
	}
})
