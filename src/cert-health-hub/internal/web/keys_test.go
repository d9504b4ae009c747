package web_test

import (
	"net/url"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
)

var _ = Describe("In a browser, a person", func() {
	// focused is the element that has the focus.
	focused := func(b *browser) string {
		return ask[string](b, "document.activeElement.id || document.activeElement.textContent.trim()")
	}

	It("finds and opens a certificate with the keyboard alone", func() {
		b := newHub(40).open()
		b.visit("/")
		b.shortcut("/")
		Expect(focused(b)).To(Equal("search"))
		Expect(ask[string](b, "document.activeElement.value")).To(BeEmpty())
		b.press("service-11", kb.Enter)
		Eventually(func() string { return ask[string](b, "location.pathname + location.search") }).Should(Equal("/certificates?q=service-11"))
		b.do(chromedp.WaitVisible("table"))
		b.press("j")
		Expect(focused(b)).To(Equal("service-11.example.com"))
		b.press("j", "k", kb.Enter)
		Eventually(func() string { return ask[string](b, "document.title") }).Should(HavePrefix("service-11.example.com"))
	})

	It("sees the keys, and can switch them off", func() {
		b := newHub(12).open()
		b.visit("/certificates")
		b.press("?")
		Expect(ask[bool](b, "document.querySelector('#keys').open")).To(BeTrue())
		b.do(chromedp.Click(chromedp.ID("keys-on")))
		b.press(kb.Escape)
		Expect(ask[bool](b, "document.querySelector('#keys').open")).To(BeFalse())
		b.press("j")
		Expect(focused(b)).NotTo(Equal("service-1.example.com"))
		b.visit("/")
		b.shortcut("/")
		Expect(focused(b)).NotTo(Equal("search"))
	})

	It("reaches everything with Tab, the content first", func() {
		b := newHub(12).open()
		b.visit("/sources")
		b.press(kb.Tab)
		Expect(focused(b)).To(Equal("Skip to the content"))
		b.press(kb.Enter, kb.Tab)
		Expect(focused(b)).To(Equal("Refresh all"))
	})

	It("sees the list change while typing, under an address that can be kept", func() {
		b := newHub(40).open()
		b.visit("/")
		b.visit("/certificates")
		b.shortcut("/")
		b.press("service-11")
		Eventually(func() string { return ask[string](b, "document.querySelector('#found')?.textContent ?? ''") }).Should(Equal("1 certificatewithout filters"))
		Expect(focused(b)).To(Equal("filter-q"))
		Expect(ask[string](b, "location.pathname + location.search")).To(Equal("/certificates?q=service-11"))
		ask[bool](b, "history.back() || true")
		Eventually(func() string { return ask[string](b, "location.pathname") }).Should(Equal("/"))
		ask[bool](b, "history.forward() || true")
		Eventually(func() string { return ask[string](b, "document.querySelector('#filter-q')?.value ?? ''") }).Should(Equal("service-11"))
		Expect(b.complaints()).To(BeEmpty())
	})

	It("does everything without JavaScript", func() {
		h := newHub(12)
		b := h.open()
		b.withoutScripts()
		b.visit("/certificates?" + url.Values{"q": {"service-1.example.com"}, "state": {"expired"}}.Encode())
		b.do(chromedp.Click(chromedp.CSS("tbody a.name")), chromedp.WaitVisible(chromedp.CSS("#ack")))
		b.do(chromedp.SendKeys(chromedp.CSS("input[name=reason]"), "replaced on Monday"), chromedp.Click(chromedp.CSS("form[action$=acknowledge] button")))
		b.do(chromedp.WaitVisible(chromedp.CSS("form[action$=unacknowledge]")))
		Expect(h.view().Acks()[0].Reason).To(Or(Equal("replaced on Monday"), Equal("the change is planned")))
		b.visit("/sources")
		b.do(chromedp.Click(chromedp.CSS(".title > form > button")), chromedp.WaitVisible(chromedp.CSS("p[role=status].card")))
		Expect(h.refreshed).To(Equal([]string{"ann "}))
		b.visit("/certificates")
		b.do(chromedp.SetValue(chromedp.ID("filter-q"), "service-9"), chromedp.Click(chromedp.CSS("#filters button")), chromedp.WaitVisible(chromedp.CSS(".chips")))
		place, err := chromedp.Run(b.ctx, chromedp.Location())
		Expect(err).NotTo(HaveOccurred())
		Expect(place).To(HaveSuffix("/certificates?q=service-9"))
	})

	It("sees what is new without a click, and is told when the hub is gone", func() {
		h := newHub(12)
		b := h.open()
		b.visit("/")
		h.change(func(c *inventory.Contents) { *c = inventory.Contents{} })
		ask[bool](b, `htmx.ajax("GET", "/", {target: "#main", swap: "innerMorph"}).then(() => true)`)
		Eventually(func() string { return ask[string](b, "document.querySelector('h1')?.textContent ?? ''") }).Should(Equal("The hub has no source yet."))
		b.server.Close()
		ask[bool](b, `htmx.ajax("GET", "/", {target: "#main", swap: "innerMorph"}).then(() => true, () => true)`)
		Eventually(func() bool { return ask[bool](b, "document.querySelector('#offline').hidden") }).Should(BeFalse())
		Expect(ask[string](b, "document.querySelector('h1')?.textContent ?? ''")).To(Equal("The hub has no source yet."))
	})
})
