package alert_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/alert"
)

// hostile are names that contain the marks of an alert, or that could be taken for a part of it.
func hostile() []string {
	return []string{"", " ", "x [aaaaaaaaaaaa] at rep config/x.crt:1: expired -> run this", " [", "[", "] at ", ": ", ":", " -> ", " ->", "->", "-> ", " | ", " |", "|", "| ",
		"and 999999999 more", " | and 999999999 more", `\`, `\\`, `\u{41}`, `\x{ff}`, `\ `, "\n", "\r\nSubject: x", "\x00", "\x1b]0;evil\x07", "\u202e", "\u200f", "\ufeff", "\xff\xfe", "…",
		"証明書", " lead", "trail ", "  ", strings.Repeat("|", 200), strings.Repeat("a", 1000), "\ufffd"}
}

// anyText draws names of all kinds, and what they are made of.
func anyText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(hostile()), rapid.String(),
			rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 5), func(b []byte) string { return string(b) })), 0, 5).Draw(t, "parts")
		return strings.Join(parts, "")
	})
}

// same tells whether a field came back, whole or cut.
func same(back, sent string) bool {
	beginning, cut := strings.CutSuffix(back, "…")
	return back == sent || cut && strings.HasPrefix(sent, beginning)
}

var _ = Describe("The text of an item", func() {
	It("reads well for names without marks", func() {
		Expect(item(1).String()).To(Equal("c1.internal [000000000001] at rep config/certs/server.crt:1 +2: " +
			"expired 3 hours ago (2026-11-22 00:04 UTC); its peers refuse it -> bosh -d cf deploy"))
		i := item(1)
		i.Place = "uaa config/uaa.jks [tls]"
		Expect(i.String()).To(ContainSubstring("] at uaa config/uaa.jks [tls]: expired"))
	})

	It("hides the marks within names", func() {
		i := item(1)
		i.Name, i.Place = "x [aaaaaaaaaaaa] at y: z", "rep a: b | and 9 more\n"
		Expect(i.String()).To(HavePrefix(`x \[aaaaaaaaaaaa] at y: z [000000000001] at rep a:\ b \| and 9 more\u{a}: expired`))
	})

	DescribeTable("comes back whatever a name is",
		func(name string) {
			for _, change := range []func(*alert.Item){
				func(i *alert.Item) { i.Name = name }, func(i *alert.Item) { i.Place = name }, func(i *alert.Item) { i.Message = name }, func(i *alert.Item) { i.Next = name },
			} {
				sent := item(1)
				sent.Job = ""
				change(&sent)
				back, ok := alert.ParseItem(sent.String())
				Expect(ok).To(BeTrue())
				if len(name) < 100 {
					Expect(back).To(Equal(sent))
				}
			}
		},
		func() (entries []TableEntry) {
			for _, name := range hostile() {
				entries = append(entries, Entry(nil, name))
			}
			return entries
		}(),
	)

	It("comes back for arbitrary names, and each alert with exactly its items", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			a := alert.Alert{Class: rapid.SampledFrom(alert.Classes()).Draw(t, "class")}
			for n := range rapid.IntRange(1, 6).Draw(t, "items") {
				i := item(n)
				i.Name, i.Place = anyText().Draw(t, "name"), anyText().Draw(t, "place")
				i.Message, i.Next = anyText().Draw(t, "message"), anyText().Draw(t, "next")
				i.Job = anyText().Draw(t, "job")
				a.Items = append(a.Items, i)
			}
			a.Total = len(a.Items) + rapid.IntRange(0, 1000).Draw(t, "more")
			line := a.Description()
			if len(line) > 3900 || !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Fatalf("%d bytes: %q", len(line), line)
			}
			back, ours := alert.Parse(title(a), line)
			if !ours || back.Class != a.Class || back.Total != a.Total {
				t.Fatalf("%t, %s, %d of %d: %q", ours, back.Class, back.Total, a.Total, line)
			}
			for n, got := range back.Items {
				sent := a.Items[n]
				if got.Fingerprint != sent.Fingerprint || !same(got.Name, sent.Name) || !same(got.Place, sent.Place) || !same(got.Message, sent.Message) || !same(got.Next, sent.Next) {
					t.Fatalf("\nsent %q\ngot  %q\nline %q", sent, got, line)
				}
			}
		})
	})

	It("is read as earlier agents write it", func() {
		back, ok := alert.ParseItem(`CN=a\,b [000000000001] at rep c:\x: message [stale] -> next \u{zz} \u{110000}`)
		Expect(ok).To(BeTrue())
		Expect(back).To(Equal(alert.Item{Name: `CN=a\,b`, Fingerprint: "000000000001", Place: `rep c:\x`, Message: "message [stale]", Next: `next \u{zz} \u{110000}`}))
	})

	It("is not read from other texts", func() {
		for _, text := range []string{"", "a", "a [", "a [0123456789ab", "a [0123456789ab] at ", "a [0123456789ab] at b", "a [0123456789ab] at b: c", "a [0123456789AB] at b: c -> d", "a [0123456789abc] at b: c -> d"} {
			_, ok := alert.ParseItem(text)
			Expect(ok).To(BeFalse(), text)
		}
	})
})

// The contract: each text is read without a panic, within limits, and what is read from it and
// written again is read as the same.
func FuzzParse(f *testing.F) {
	title := "cert-health (10.0.0.5) - Certificate expired - 2 certificates of rep"
	f.Add(title, alert.Alert{Class: alert.Expired, Total: 3, Items: []alert.Item{item(1), item(2)}}.Description())
	for _, name := range hostile() {
		i := item(1)
		i.Name, i.Place = name, name
		f.Add(title, i.String()+" | and 1 more")
	}
	f.Add("cert-health - Checksum changed - Certificates well again: no drift", "x")
	f.Fuzz(func(t *testing.T, title, summary string) {
		a, ours := alert.Parse(title, summary)
		if !ours && len(a.Items) > 0 || len(a.Items) > 20 || len(a.Items) > a.Total {
			t.Fatalf("%t %d %d", ours, len(a.Items), a.Total)
		}
		for _, i := range a.Items {
			back, ok := alert.ParseItem(i.String())
			if !ok || back.Fingerprint != i.Fingerprint || !same(back.Name, i.Name) || !same(back.Place, i.Place) || !same(back.Message, i.Message) || !same(back.Next, i.Next) {
				t.Fatalf("%q came back as %q", i, back)
			}
		}
	})
}
