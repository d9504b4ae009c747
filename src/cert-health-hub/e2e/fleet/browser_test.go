package fleet_test

import (
	"context"
	"time"

	"github.com/chromedp/chromedp"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// browser is a Chromium in which ann is logged in.
type browser struct{ ctx context.Context }

func openBrowser() *browser {
	GinkgoHelper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.IgnoreCertErrors, chromedp.WSURLReadTimeout(soon)) // the hub's CA is made for this spec
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	DeferCleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	DeferCleanup(cancel)
	b := &browser{ctx: ctx}
	// The first action starts the browser, which ends with the context of that action.
	Expect(chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900))).To(Succeed(), "this needs the program chromium; scripts/test installs it")
	b.do(chromedp.Navigate(url + "/login"))
	b.ask(`document.querySelector("[name=name]").value = "ann"`)
	b.ask(`document.querySelector("[name=password]").value = "` + password + `"`)
	b.ask(`document.querySelector("[name=password]").form.requestSubmit()`)
	Eventually(func() string { return b.ask("location.pathname") }, soon).ShouldNot(Equal("/login"))
	return b
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	GinkgoHelper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	Expect(chromedp.Do(ctx, actions...)).To(Succeed())
}

// ask evaluates an expression in the page. A page that is just being left has no answer.
func (b *browser) ask(expression string) string {
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	value, _ := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
	return value
}

// page is the text of a page, as people see it.
func (b *browser) page(path string) func() string {
	return func() string {
		ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
		defer cancel()
		if chromedp.Do(ctx, chromedp.Navigate(url+path)) != nil {
			return ""
		}
		return b.ask("document.body.innerText")
	}
}
