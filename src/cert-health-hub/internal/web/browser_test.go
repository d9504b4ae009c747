package web_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// patience is how long one action of the browser may take, on a busy machine.
const patience = time.Minute

// browser is a Chromium that shows the pages of a hub.
type browser struct {
	ctx     context.Context // of the tab
	address string
	server  *httptest.Server
	mutex   sync.Mutex
	console []string // warnings and errors
}

// open starts a browser for the pages of a hub. It ends with the spec.
func (h *hub) open() *browser {
	GinkgoHelper()
	server := httptest.NewServer(h.site())
	DeferCleanup(server.Close)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	DeferCleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(patience))
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	DeferCleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	DeferCleanup(cancel)
	b := &browser{ctx: ctx, address: server.URL, server: server}
	// The first action starts the browser, which ends with the context of that action.
	Expect(chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900))).To(Succeed(), "this needs the program chromium; scripts/test installs it")
	go b.listen()
	return b
}

// listen keeps what the browser complains about.
func (b *browser) listen() {
	for message, err := range chromedp.Console(b.ctx) {
		if err != nil {
			return
		}
		if kind := string(message.Type); kind == "error" || kind == "warning" || kind == "exception" || kind == "assert" {
			b.mutex.Lock()
			b.console = append(b.console, kind+": "+message.Text)
			b.mutex.Unlock()
		}
	}
}

// complaints are what the browser has written to its console until now.
func (b *browser) complaints() []string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return append([]string{}, b.console...)
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	GinkgoHelper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	Expect(chromedp.Do(ctx, actions...)).To(Succeed())
}

// visit opens a page of the hub.
func (b *browser) visit(page string) {
	GinkgoHelper()
	b.do(chromedp.Navigate(b.address + page))
}

// ask evaluates an expression in the page.
func ask[T any](b *browser, expression string) T {
	GinkgoHelper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	Expect(err).NotTo(HaveOccurred(), expression)
	return value
}

// look sets the size of the window, and whether the person prefers dark pages.
func (b *browser) look(width int64, scheme string) {
	GinkgoHelper()
	b.do(chromedp.EmulateViewport(width, 900))
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	Expect(err).NotTo(HaveOccurred())
}

// withoutScripts switches JavaScript off for the pages that are opened next.
func (b *browser) withoutScripts() {
	GinkgoHelper()
	_, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	Expect(err).NotTo(HaveOccurred())
}

// press presses one key after the other.
func (b *browser) press(keys ...string) {
	GinkgoHelper()
	for _, key := range keys {
		b.do(chromedp.KeyEvent(key))
	}
}

// shortcut presses a key that moves the focus to a field. The browser's own key events would type the
// key into that field as well, because they come one by one: no person's keyboard does that.
func (b *browser) shortcut(key string) {
	GinkgoHelper()
	ask[bool](b, fmt.Sprintf("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: %q, bubbles: true, cancelable: true})) || true", key))
}

// axeSum is the checksum of axe-core 4.14.1, as in scripts/require-axe.
const axeSum = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"

// axe is the script that finds faults of accessibility.
func axe() string {
	GinkgoHelper()
	contents, err := os.ReadFile("../../../../bin/tools/axe.min.js")
	if os.IsNotExist(err) {
		Skip("axe-core is not in bin/tools: run scripts/require-axe where npm's registry is reached")
	}
	Expect(err).NotTo(HaveOccurred(), "run scripts/require-axe")
	sum := sha256.Sum256(contents)
	Expect(hex.EncodeToString(sum[:])).To(Equal(axeSum))
	return string(contents)
}

// violations are the faults of accessibility of the page, each with the first element that has it.
func (b *browser) violations(axe string) []string {
	GinkgoHelper()
	b.do(chromedp.Evaluate[chromedp.Void](axe))
	return ask[[]string](b, `axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(
		(found) => found.violations.map((v) => v.id + ": " + v.help + ": " + v.nodes[0].html.slice(0, 200) + " " + (v.nodes[0].any[0]?.message ?? "")))`)
}

// shot writes a picture of the whole page to the directory that the variable SCREENSHOTS names, for people who want
// to look.
func (b *browser) shot(name string) {
	GinkgoHelper()
	directory := os.Getenv("SCREENSHOTS")
	if directory == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	Expect(err).NotTo(HaveOccurred())
	Expect(os.WriteFile(filepath.Join(directory, name+".png"), picture, 0o644)).To(Succeed())
}

// fileName makes a name of a page's address.
func fileName(page string, size int, width int64, scheme string) string {
	name := strings.Trim(strings.NewReplacer("/", "-", "?", "-", "=", "-", "&", "-").Replace(page), "-")
	if len(name) > 40 {
		name = name[:20]
	}
	if name == "" {
		name = "stores"
	}
	return fmt.Sprintf("%s-%d-%d-%s", name, size, width, scheme)
}
