package people_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/people"
)

var _ = Describe("a login with a password", func() {
	var h *hub
	var b *browser
	ctx := context.Background()
	BeforeEach(func() { h = newHub(people.Default()); b = h.browser() })

	It("leads to the page that the person wanted to see", func() {
		asked := b.get("/page?q=a")
		Expect(asked.StatusCode).To(Equal(http.StatusSeeOther))
		Expect(asked.Header.Get("Location")).To(Equal("/login?next=%2Fpage%3Fq%3Da"))
		shown := b.get(asked.Header.Get("Location"))
		Expect(shown.body).To(And(ContainSubstring(`value="/page?q=a"`), ContainSubstring(`name="password"`), Not(ContainSubstring("provider"))))
		Expect(b.login("vic", password).Header.Get("Location")).To(Equal("/page"))
		Expect(b.get("/page").body).To(Equal("you are vic viewer"))
		Expect(b.get("/anyone").body).To(Equal("you are vic viewer"))
		Expect(b.get("/change").StatusCode).To(Equal(http.StatusForbidden))
		Expect(b.get("/login").StatusCode).To(Equal(http.StatusSeeOther))
		Expect(h.events()).To(ConsistOf("vic logs in with a password from 127.0.0.1"))
	})

	It("sets a cookie that only this host gets back, over TLS, and no script reads", func() {
		cookies := b.login("ann", password).Cookies()
		Expect(cookies).To(HaveLen(1))
		c := cookies[0]
		Expect([]any{c.Name, c.Path, c.Domain, c.Secure, c.HttpOnly, c.SameSite}).To(Equal([]any{"__Host-cert-health", "/", "", true, true, http.SameSiteLaxMode}))
		Expect(h.log.String()).NotTo(ContainSubstring(c.Value))
	})

	It("gets a new cookie at each login, and the old one ends", func() {
		first := b.login("ann", password).Cookies()[0]
		again := b.login("ann", password)
		second := again.Cookies()[len(again.Cookies())-1]
		Expect(second.Value).NotTo(Equal(first.Value))
		other := h.browser()
		address, _ := url.Parse(h.server.URL)
		other.Jar.SetCookies(address, []*http.Cookie{first})
		Expect(other.get("/anyone").body).To(Equal("you are  "))
	})

	It("ends with the logout, and after its time", func() {
		b.login("ann", password)
		Expect(b.post("/logout", nil).Header.Get("Location")).To(Equal("/login"))
		Expect(b.get("/page").StatusCode).To(Equal(http.StatusSeeOther))
		Expect(h.events()[0]).To(Equal("ann logs out"))
		b.login("ann", password)
		h.offset = 13 * time.Hour
		Expect(b.get("/page").StatusCode).To(Equal(http.StatusSeeOther))
	})

	It("is refused with the same words for a wrong name and a wrong password", func() {
		wrong, unknown := b.login("ann", "wrong"), b.login("eve", password)
		Expect(wrong.StatusCode).To(Equal(http.StatusUnauthorized))
		Expect(unknown.StatusCode).To(Equal(http.StatusUnauthorized))
		Expect(strings.ReplaceAll(wrong.body, "ann", "eve")).To(Equal(unknown.body))
		Expect(wrong.Cookies()).To(BeEmpty())
		Expect(h.log.String()).NotTo(Or(ContainSubstring(password), ContainSubstring("eve "), ContainSubstring("=eve")))
	})

	change := func(edit func(*db.User)) {
		GinkgoHelper()
		user, err := h.db.User(ctx, "ann")
		Expect(err).NotTo(HaveOccurred())
		edit(&user)
		Expect(h.db.ChangeUser(ctx, user)).To(Succeed())
	}

	It("ends when the user is disabled, removed, or has another password; another role holds at once", func() {
		b.login("ann", password)
		change(func(u *db.User) { u.Role = "viewer" })
		Expect(b.get("/page").body).To(Equal("you are ann viewer"))
		change(func(u *db.User) { u.Disabled = true })
		Expect(b.get("/page").StatusCode).To(Equal(http.StatusSeeOther))
		Expect(b.login("ann", password).StatusCode).To(Equal(http.StatusUnauthorized))
		change(func(u *db.User) { u.Disabled = false })
		Expect(b.get("/page").StatusCode).To(Equal(http.StatusOK))
		other, err := people.HashPassword("another password")
		Expect(err).NotTo(HaveOccurred())
		change(func(u *db.User) { u.Hash = other })
		Expect(b.get("/page").StatusCode).To(Equal(http.StatusSeeOther))
		b.login("vic", password)
		Expect(h.db.RemoveUser(ctx, "vic")).To(Succeed())
		Expect(b.get("/page").StatusCode).To(Equal(http.StatusSeeOther))
	})

	It("has to wait after failures of the user, and then not any more", func() {
		for range 5 {
			Expect(b.login("ann", "wrong").StatusCode).To(Equal(http.StatusUnauthorized))
		}
		waiting := b.login("ann", password)
		Expect(waiting.StatusCode).To(Equal(http.StatusTooManyRequests))
		Expect(waiting.Header.Get("Retry-After")).NotTo(BeEmpty())
		Expect(waiting.body).To(ContainSubstring("There were too many attempts"))
		Expect(b.login("vic", password).StatusCode).To(Equal(http.StatusSeeOther))
		h.offset = time.Minute
		Expect(b.login("ann", password).StatusCode).To(Equal(http.StatusSeeOther))
	})

	DescribeTable("leads to no other site", func(next string) {
		answer := b.post("/login", url.Values{"name": {"ann"}, "password": {password}, "next": {next}})
		Expect(answer.Header.Get("Location")).To(Equal("/"))
	},
		Entry("a URL", "https://evil.example"), Entry("a host", "//evil.example"), Entry("a backslash", `/\evil.example`),
		Entry("a line", "/\r\nSet-Cookie: a=b"), Entry("no path", "evil"), Entry("a script", "javascript:alert(1)"), Entry("the logout", "/logout"))

	It("refuses a form that another site sends", func() {
		for _, path := range []string{"/login", "/logout", "/device"} {
			Expect(b.post(path, nil, "Sec-Fetch-Site", "cross-site").StatusCode).To(Equal(http.StatusForbidden))
			Expect(b.post(path, nil, "Origin", "https://evil.example").StatusCode).To(Equal(http.StatusForbidden))
		}
	})

	It("reads no more than a form", func() {
		answer := b.post("/login", url.Values{"name": {"ann"}, "password": {strings.Repeat("x", 1<<20)}})
		Expect(answer.StatusCode).To(Equal(http.StatusBadRequest))
	})

	It("says when the hub cannot look somebody up", func() {
		Expect(h.db.Close()).To(Succeed())
		answer := b.login("ann", password)
		Expect(answer.StatusCode).To(Equal(http.StatusServiceUnavailable))
		Expect(answer.body).NotTo(ContainSubstring("sql"))
	})
})

var _ = Describe("a new user", func() {
	DescribeTable("needs a name, a password and a role", func(name, password string, role people.Role, wrong string) {
		_, err := people.NewUser(name, password, role, time.Now())
		Expect(err).To(MatchError(ContainSubstring(wrong)))
		Expect(err.Error()).NotTo(ContainSubstring("short!"))
	},
		Entry("no name", "", password, people.Viewer, "name"),
		Entry("a line in the name", "a\nb", password, people.Viewer, "name"),
		Entry("space at the end", "a ", password, people.Viewer, "name"),
		Entry("a short password", "ann", "short!", people.Viewer, "at least 12 characters"),
		Entry("a long password", "ann", strings.Repeat("short!", 20), people.Viewer, "at most 72 bytes"),
		Entry("no role", "ann", password, people.Anyone, "viewer or operator"),
		Entry("another role", "ann", password, people.Role("root"), "viewer or operator"))
})

var _ = Describe("roles", func() {
	DescribeTable("include each other", func(role, other people.Role, includes bool) {
		Expect(role.Includes(other)).To(Equal(includes))
	},
		Entry(nil, people.Operator, people.Operator, true), Entry(nil, people.Operator, people.Viewer, true), Entry(nil, people.Operator, people.Anyone, true),
		Entry(nil, people.Viewer, people.Operator, false), Entry(nil, people.Viewer, people.Viewer, true), Entry(nil, people.Viewer, people.Anyone, true),
		Entry(nil, people.Anyone, people.Operator, false), Entry(nil, people.Anyone, people.Viewer, false), Entry(nil, people.Anyone, people.Anyone, true),
		Entry("an unknown role is none", people.Role("root"), people.Viewer, false), Entry("and cannot be had", people.Operator, people.Role("root"), false))
})
