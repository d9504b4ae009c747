package metrics_test

import (
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/cert"
	"cert-health/internal/metrics"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// named is a report with one finding in which everything is called name.
func named(name string) *report.Report {
	location := report.Location{Job: name, File: name, Line: 1, Form: cert.PEM}
	return &report.Report{
		Instance: report.Instance{Deployment: name, Group: name, ID: name},
		Certificates: []report.Certificate{{Name: name, Subject: name, Issuer: name, Serial: name, Fingerprint: name,
			Locations: []report.Location{location, location}, Findings: []report.Finding{{Code: verdict.Expired, Severity: verdict.Critical}}}},
	}
}

var _ = Describe("hostile names", func() {
	DescribeTable("are written unchanged, or as printable characters", func(name, shown string) {
		found := labels(text(named(name), metrics.Options{}), finding)[0]
		Expect(found["name"]).To(Equal(shown))
		Expect(found["filepath"]).To(Equal(shown))
	},
		Entry("quotes and backslashes", `a"} 1\n\`, `a"} 1\n\`),
		Entry("line breaks", "a\nevil 1\n", "a\nevil 1\n"),
		Entry("letters of any language", "é中", "é中"),
		Entry("invalid UTF-8", "a\xff\xfeb", "a\ufffdb"),
		Entry("terminal control sequences", "\x1b[2Ja\r", `\u001b[2Ja\u000d`),
		Entry("characters that change the direction of text", "a\u202eb", `a\u202eb`),
		Entry("very long ones", strings.Repeat("é", 5000), strings.Repeat("é", 256)+"…"),
	)

	It("never break the format", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			out := text(named(string(rapid.SliceOf(rapid.Byte()).Draw(t, "name"))), metrics.Options{All: rapid.Bool().Draw(t, "all")})
			if !utf8.ValidString(out) || strings.ContainsFunc(out, func(r rune) bool { return r != '\n' && r != utf8.RuneError && !unicode.IsPrint(r) }) {
				t.Fatalf("not fit for a terminal: %q", out)
			}
			for _, family := range metrics.Families() {
				series(out, family.Name)
			}
		})
	})
})

var _ = Describe("secrets", func() {
	It("are never written: of the strings in a report, only names and places become metrics", func() {
		r := &report.Report{}
		fill(reflect.ValueOf(r).Elem(), "")
		r.Certificates[0].Locations[0].Form = cert.PEMYAML
		out := text(r, metrics.Options{All: true, State: metrics.State{Version: "v"}})
		var shown []string
		for _, path := range stringsOf(reflect.ValueOf(r).Elem(), "") {
			if strings.Contains(out, "<"+path+">") {
				shown = append(shown, path)
			}
		}
		Expect(shown).To(ConsistOf("Instance.Deployment", "Instance.Group", "Instance.ID", "Reference.Source", "Certificates.Name",
			"Certificates.Serial", "Certificates.Role", "Certificates.Locations.Job", "Certificates.Locations.File"))
		Expect(out).To(ContainSubstring(`fingerprint="<Certificate"`), "its first digits")
	})

	It("are not written even if every message contains them", func() {
		pair := ended("rep")
		key, token := pair.KeyPEM(), "hvs.CAESIJ-not-a-real-one"
		r := judged(now, policy(), nil, deployed(pair, cert.Leaf, at("a.pem", 1, cert.PEM)))
		r.Reference = report.Source{Source: "vault", State: "unavailable", Error: "403 for " + token}
		r.Problems = []report.Problem{{Code: verdict.Unreadable, File: "/a", Message: key, Next: token}}
		r.Certificates[0].Findings[0].Message, r.Certificates[0].Findings[0].Next = key, token
		out := text(r, metrics.Options{All: true})
		Expect(out).NotTo(Or(ContainSubstring(token), ContainSubstring("PRIVATE"), ContainSubstring(strings.Split(key, "\n")[1])))
		Expect(out).To(ContainSubstring("rep"))
	})
})

// fill sets every string to its own path, and gives every list one item.
func fill(v reflect.Value, path string) {
	walk(v, path, func(text reflect.Value, path string) { text.SetString("<" + path + ">") })
}

func stringsOf(v reflect.Value, path string) []string {
	var all []string
	walk(v, path, func(text reflect.Value, path string) { all = append(all, path) })
	return all
}

func walk(v reflect.Value, path string, tell func(reflect.Value, string)) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() != reflect.TypeFor[verdict.Code]() {
			tell(v, path)
		}
	case reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		walk(v.Index(0), path, tell)
	case reflect.Pointer:
		if v.IsNil() && v.Type().Elem().PkgPath() != "time" {
			v.Set(reflect.New(v.Type().Elem()))
		}
		walk(v.Elem(), path, tell)
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() && field.Type.PkgPath() != "time" {
				walk(v.Field(i), strings.TrimPrefix(path+"."+field.Name, "."), tell)
			}
		}
	}
}
