package people_test

import (
	"context"
	"net/http"
	"net/url"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/people"
)

var _ = Describe("a token", func() {
	var h *hub
	var b *browser
	ctx := context.Background()
	ann, vic := people.Person{Name: "ann", Role: people.Operator}, people.Person{Name: "vic", Role: people.Viewer}
	BeforeEach(func() { h = newHub(people.Default()); b = h.browser() })

	issue := func(by people.Person, role people.Role) (people.Token, string) {
		GinkgoHelper()
		token, issued, err := h.NewToken(ctx, by, "ci", role, h.now().Add(time.Hour))
		Expect(err).NotTo(HaveOccurred())
		Expect(h.log.String()).NotTo(ContainSubstring(issued.Token))
		return token, issued.Token
	}

	It("is as good as a login, until it expires", func() {
		_, secret := issue(ann, people.Viewer)
		Expect(b.with("/page", "Authorization", "Bearer "+secret).body).To(Equal("you are ann viewer"))
		Expect(b.with("/page", "X-Doomsday-Token", secret).body).To(Equal("you are ann viewer"))
		Expect(b.with("/change", "Authorization", "bearer "+secret).StatusCode).To(Equal(http.StatusForbidden))
		list, err := h.Tokens(ctx, vic)
		Expect(list, err).To(BeEmpty())
		list, err = h.Tokens(ctx, ann)
		Expect(err).NotTo(HaveOccurred())
		Expect(list[0].LastUsed).To(BeTemporally("~", h.now(), time.Minute))
		h.offset = time.Hour
		refused := b.with("/page", "Authorization", "Bearer "+secret)
		Expect(refused.StatusCode).To(Equal(http.StatusUnauthorized))
		Expect(refused.Header.Get("WWW-Authenticate")).To(HavePrefix("Bearer"))
	})

	DescribeTable("that is not valid lets no one in, not even with a session", func(header, value string) {
		b.login("ann", password)
		Expect(b.with("/page", header, value).StatusCode).To(Equal(http.StatusUnauthorized))
	},
		Entry("empty", "Authorization", "Bearer "), Entry("unknown", "Authorization", "Bearer chh_x"), Entry("another form", "X-Doomsday-Token", "chh"),
		Entry("markup", "Authorization", "Bearer '; DROP TABLE tokens; --"))

	It("can do no more than its person", func() {
		_, _, err := h.NewToken(ctx, vic, "ci", people.Operator, h.now())
		Expect(err).To(MatchError(people.ErrForbidden))
		_, _, err = h.NewToken(ctx, ann, "ci", people.Role("root"), h.now())
		Expect(err).To(MatchError(people.ErrForbidden))
		_, secret := issue(ann, people.Operator)
		user, err := h.db.User(ctx, "ann")
		Expect(err).NotTo(HaveOccurred())
		user.Role = "viewer"
		Expect(h.db.ChangeUser(ctx, user)).To(Succeed())
		Expect(b.with("/change", "Authorization", "Bearer "+secret).StatusCode).To(Equal(http.StatusForbidden))
		user.Disabled = true
		Expect(h.db.ChangeUser(ctx, user)).To(Succeed())
		Expect(b.with("/page", "Authorization", "Bearer "+secret).StatusCode).To(Equal(http.StatusUnauthorized))
	})

	It("is removed by its person or an operator", func() {
		token, secret := issue(ann, people.Viewer)
		Expect(h.RemoveToken(ctx, vic, token.ID)).To(MatchError(people.ErrNotFound))
		own, _ := issue(vic, people.Viewer)
		Expect(h.RemoveToken(ctx, vic, own.ID)).To(Succeed())
		Expect(h.RemoveToken(ctx, ann, token.ID)).To(Succeed())
		Expect(b.with("/page", "Authorization", "Bearer "+secret).StatusCode).To(Equal(http.StatusUnauthorized))
		Expect(h.events()).To(Equal([]string{`ann ends the token "ci" of ann`, `vic ends the token "ci" of vic`,
			`vic makes the token "ci" with the role viewer`, `ann makes the token "ci" with the role viewer`}))
	})

	It("is not in the database", func() {
		_, secret := issue(ann, people.Viewer)
		kept, err := h.db.Tokens(ctx, "")
		Expect(err).NotTo(HaveOccurred())
		Expect(kept[0].Hash).To(HaveLen(32))
		Expect(string(kept[0].Hash)).NotTo(ContainSubstring(secret))
	})

	It("is one of two hundred at most", func() {
		for i := range 200 {
			Expect(h.db.AddToken(ctx, db.Token{ID: string(rune('a' + i)), Hash: []byte{byte(i)}, Owner: "vic"})).To(Succeed())
		}
		_, _, err := h.NewToken(ctx, vic, "ci", people.Viewer, h.now())
		Expect(err).To(MatchError(ContainSubstring("200 tokens")))
	})

	It("comes from a name and a password, within the limits", func() {
		issued, err := h.Login(ctx, "ann", password, "10.0.0.1")
		Expect(err).NotTo(HaveOccurred())
		Expect(issued.Person).To(Equal(ann))
		Expect(b.with("/change", "Authorization", "Bearer "+issued.Token).body).To(Equal("you are ann operator"))
		for range 5 {
			_, err = h.Login(ctx, "ann", "wrong", "10.0.0.1")
			Expect(err).To(MatchError(people.ErrRefused))
		}
		_, err = h.Login(ctx, "ann", password, "10.0.0.2")
		var wait *people.WaitError
		Expect(err).To(BeAssignableToTypeOf(wait))
	})
})

var _ = Describe("a command line", func() {
	var h *hub
	var b *browser
	ctx := context.Background()
	BeforeEach(func() { h = newHub(people.Default()); b = h.browser() })

	start := func() people.Device {
		GinkgoHelper()
		d, err := h.StartDevice(ctx, "10.0.0.1")
		Expect(err).NotTo(HaveOccurred())
		_, err = h.PollDevice(ctx, d.DeviceCode)
		Expect(err).To(MatchError(people.ErrPending))
		return d
	}
	expired := func(d people.Device) {
		GinkgoHelper()
		_, err := h.PollDevice(ctx, d.DeviceCode)
		Expect(err).To(MatchError(people.ErrExpired))
	}

	It("logs in when a person confirms its code in the browser", func() {
		d := start()
		Expect(b.get(d.URL).Header.Get("Location")).To(Equal("/login?next=" + url.QueryEscape("/device?user_code="+d.UserCode)))
		b.login("vic", password)
		Expect(b.get(d.URL).body).To(And(ContainSubstring(d.UserCode), ContainSubstring("10.0.0.1")))
		done := b.post("/device", url.Values{"user_code": {" " + d.UserCode[:4] + " " + d.UserCode[5:]}, "answer": {"approve"}})
		Expect(done.body).To(ContainSubstring("The command line is logged in as vic."))
		issued, err := h.PollDevice(ctx, d.DeviceCode)
		Expect(err).NotTo(HaveOccurred())
		Expect(b.with("/page", "Authorization", "Bearer "+issued.Token).body).To(Equal("you are vic viewer"))
		expired(d)
	})

	It("is refused", func() {
		d := start()
		b.login("vic", password)
		Expect(b.post("/device", url.Values{"user_code": {d.UserCode}, "answer": {"deny"}}).body).To(ContainSubstring("was refused"))
		expired(d)
	})

	It("has ten minutes", func() {
		d := start()
		b.login("vic", password)
		h.offset = 10 * time.Minute
		Expect(b.post("/device", url.Values{"user_code": {d.UserCode}, "answer": {"approve"}}).StatusCode).To(Equal(http.StatusNotFound))
		expired(d)
	})

	It("is not let in by a script, a guess or an empty form", func() {
		d := start()
		issued, err := h.Login(ctx, "ann", password, "10.0.0.1")
		Expect(err).NotTo(HaveOccurred())
		Expect(h.browser().post("/device", url.Values{"user_code": {d.UserCode}, "answer": {"approve"}}, "Authorization", "Bearer "+issued.Token).StatusCode).To(Equal(http.StatusForbidden))
		b.login("ann", password)
		Expect(b.post("/device", url.Values{"user_code": {d.UserCode}}).StatusCode).To(Equal(http.StatusBadRequest))
		for range 5 {
			Expect(b.get("/device?user_code=BBBB-BBBB").StatusCode).To(Equal(http.StatusNotFound))
		}
		Expect(b.post("/device", url.Values{"user_code": {d.UserCode}, "answer": {"approve"}}).StatusCode).To(Equal(http.StatusTooManyRequests))
		_, err = h.PollDevice(ctx, d.DeviceCode)
		Expect(err).To(MatchError(people.ErrPending))
	})

	It("may not begin without end", func() {
		var err error
		for range 31 {
			_, err = h.StartDevice(ctx, "2001:db8::1")
		}
		var wait *people.WaitError
		Expect(err).To(BeAssignableToTypeOf(wait))
		_, err = h.StartDevice(ctx, "2001:db8::2")
		Expect(err).To(BeAssignableToTypeOf(wait), "the same network")
		_, err = h.StartDevice(ctx, "2001:db8:0:1::1")
		Expect(err).NotTo(HaveOccurred())
	})
})
