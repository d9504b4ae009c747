package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
	"cert-health/internal/report/sample"
)

// forgeries calls use with each document that differs from a document in one value.
func forgeries(document any, use func(forged any, place string)) {
	holder := []any{document}
	var walk func(place string, value any, set func(any))
	walk = func(place string, value any, set func(any)) {
		for _, forged := range []any{nil, "\x1b]0;x\a\u009b2J\r\u202e%s", strings.Repeat("x", 100_000), -1, 1 << 62, json.Number("1e999"), "ok",
			"9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", true, []any{}, []any{nil}, map[string]any{}, map[string]any{"\x1b[2J": -1}} {
			set(forged)
			use(holder[0], fmt.Sprintf("%s = %.40q", place, fmt.Sprint(forged)))
		}
		set(value)
		switch value := value.(type) {
		case map[string]any:
			for key, item := range value {
				walk(place+"."+key, item, func(forged any) { value[key] = forged })
			}
		case []any:
			for i, item := range value {
				walk(fmt.Sprintf("%s[%d]", place, i), item, func(forged any) { value[i] = forged })
			}
		}
	}
	walk("report", document, func(forged any) { holder[0] = forged })
}

var _ = Describe("status, which root runs,", func() {
	var data, settings string

	BeforeEach(func() {
		data = GinkgoT().TempDir()
		settings = filepath.Join(GinkgoT().TempDir(), "c.yml")
		Expect(os.WriteFile(settings, []byte("agent: {data_dir: "+data+"}\n"), 0o600)).To(Succeed())
		Expect(os.Mkdir(filepath.Join(data, "status"), 0o700)).To(Succeed())
	})

	write := func(name, contents string) {
		GinkgoHelper()
		Expect(os.RemoveAll(filepath.Join(data, name))).To(Succeed())
		Expect(os.WriteFile(filepath.Join(data, name), []byte(contents), 0o600)).To(Succeed())
	}

	It("writes no character that a terminal obeys, whatever the report contains", func() {
		var document any
		var contents bytes.Buffer
		Expect(report.Build(sample.Contents()).WriteJSON(&contents)).To(Succeed())
		Expect(json.Unmarshal(contents.Bytes(), &document)).To(Succeed())
		shown := 0
		forgeries(document, func(document any, place string) {
			forged, err := json.Marshal(document)
			if err != nil {
				return // the encoder refuses 1e999
			}
			write("report.json", string(forged))
			formats := []string{"table", "json"}
			if !strings.Contains(place, "x1b") {
				formats = formats[:1] // JSON of an encoder has nothing else that matters
			}
			for _, format := range formats {
				o := call(nil, "status", "--verbose", "--format", format, "--config", settings)
				Expect(o.code).To(Equal(exitFailed), place)
				Expect(o.out+o.err).NotTo(MatchRegexp(`[\x00-\x09\x0b-\x1f\x7f-\x{9f}\x{202e}]`), place)
				Expect(len(o.out)).To(BeNumerically("<", 10<<20), place)
				if o.out != "" {
					shown++
				}
			}
		})
		Expect(shown).To(BeNumerically(">", 500), "many changes leave a report that is shown")
	})

	DescribeTable("refuses what is not a file of the agent", func(make func(path string), says string) {
		for _, name := range []string{"report.json", "status/heartbeat", "lock"} {
			make(filepath.Join(data, name))
		}
		o := call(nil, "status", "--config", settings)
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.out).To(BeEmpty())
		Expect(o.err).To(ContainSubstring(says))
		Expect(o.err).NotTo(ContainSubstring("secret"))
	},
		Entry("a link", func(path string) { Expect(os.Symlink("/etc/shadow", path)).To(Succeed()) }, "report.json: it is a link to a file outside its directory"),
		Entry("a pipe", func(path string) { Expect(syscall.Mkfifo(path, 0o600)).To(Succeed()) }, "report.json: it is not a regular file"),
		Entry("a sparse file", func(path string) {
			Expect(os.WriteFile(path, nil, 0o600)).To(Succeed())
			Expect(os.Truncate(path, 1<<30)).To(Succeed())
		}, "report.json: it has more than 67108864 bytes"),
		Entry("deep JSON", func(path string) {
			Expect(os.WriteFile(path, []byte(strings.Repeat("[", 20<<20)), 0o600)).To(Succeed())
		}, "report.json: it is not a report of cert-health"),
		Entry("another text", func(path string) { Expect(os.WriteFile(path, []byte(`"secret \x1b[2J"`), 0o600)).To(Succeed()) }, "report.json: it is not a report of cert-health"),
	)

	It("makes no file where the lock links to", func() {
		target := filepath.Join(GinkgoT().TempDir(), "made")
		Expect(os.Symlink(target, filepath.Join(data, "lock"))).To(Succeed())
		call(nil, "status", "--config", settings)
		Expect(target).NotTo(BeAnExistingFile())
	})

	It("does not take a scan in the future for a sign of life", func() {
		var contents bytes.Buffer
		Expect(report.Build(sample.Contents()).WriteJSON(&contents)).To(Succeed())
		write("report.json", contents.String())
		write("status/heartbeat", time.Now().AddDate(10, 0, 0).Format(time.RFC3339Nano)+"\n")
		write("lock", "")
		held, err := os.Open(filepath.Join(data, "lock"))
		Expect(err).NotTo(HaveOccurred())
		defer held.Close()
		Expect(syscall.Flock(int(held.Fd()), syscall.LOCK_EX)).To(Succeed())
		o := call(nil, "status", "--config", settings)
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.out).To(MatchRegexp(`The agent is running\. Its last scan has a time in the future \(.*\), so the clock was set back`))
	})
})
