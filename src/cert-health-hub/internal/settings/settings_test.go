package settings_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/settings"
	"cert-health/internal/strict"
)

const full = `
listen: {address: "127.0.0.1:8443", certificate: /c/hub.crt, private_key: /c/hub.key}
external_url: https://certificates.example.com
drain_time: 20s
database: {url: "postgres://hub:s3cr3t@db.example/hub"}
thresholds: {expiring: 60d, expiring_soon: 14d}
metrics: {placements: true, token: s3cr3t}
log: {level: debug}
`

var _ = Describe("Parse", func() {
	It("reads every key", func() {
		s, problems := settings.Parse([]byte(full))
		Expect(problems).To(BeEmpty())
		Expect(s.Listen).To(Equal(settings.Listen{Address: "127.0.0.1:8443", Certificate: "/c/hub.crt", PrivateKey: "/c/hub.key"}))
		Expect(s.DrainTime).To(Equal(20 * time.Second))
		Expect(s.Database.URL.Reveal()).To(Equal("postgres://hub:s3cr3t@db.example/hub"))
		Expect(s.Thresholds.Verdict().ExpiringSoon).To(Equal(14 * 24 * time.Hour))
		Expect(s.Metrics.Placements).To(BeTrue())
		Expect(s.Log.Least()).To(Equal(slog.LevelDebug))
		Expect(fmt.Sprintf("%v %+v %#v", s, s, s)).NotTo(ContainSubstring("s3cr3t"))
	})

	It("reads the job's properties, and names them in problems", func() {
		_, problems := settings.Parse([]byte("cert_health_hub: {listen: {insecure: true}, drain_time: 1h}"))
		Expect(problems).To(Equal(strict.Problems{"cert_health_hub.drain_time must be at most 5m: monit waits no longer"}))
	})

	It("reports all problems at once", func() {
		_, problems := settings.Parse([]byte("listen: {address: x}\nexternal_url: x\n"))
		Expect(problems).To(HaveLen(4))
	})

	DescribeTable("a problem has the path of the key, its line, and what to write", func(text, problem string) {
		_, problems := settings.Parse([]byte("listen: {insecure: true}\n" + text))
		Expect(problems).To(Equal(strict.Problems{problem}))
	},
		Entry("a mistyped key", "thresholds:\n  expirng: 1d", `thresholds.expirng (line 3) is not a known key; did you mean "expiring"?`),
		Entry("a URL with a path", "external_url: https://a.example/hub", "external_url must have no path: the hub answers at the root of a host"),
		Entry("a URL with a password", "external_url: https://u:p@a.example", "external_url must be a URL such as https://certificates.example.com"),
		Entry("another database", "database: {url: 'mysql://h/d'}", "database.url must be sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE"),
		Entry("a relative path", "database: {url: 'sqlite:hub.db'}", "database.url must name an absolute path, such as sqlite:/var/vcap/store/cert-health-hub/hub.db"),
		Entry("thresholds in the wrong order", "thresholds: {expiring: 1d}", "thresholds.expiring_soon must not be longer than expiring"),
		Entry("a level", "log: {level: wrn}", `log.level must be one of debug, info, warn, error; did you mean "warn"?`),
	)

	DescribeTable("the listener needs a certificate, or to be told that it has none", func(listen, problem string) {
		_, problems := settings.Parse([]byte("listen: {" + listen + "}"))
		Expect(problems).To(ContainElement(ContainSubstring(problem)))
	},
		Entry(nil, "", "listen.certificate is missing"),
		Entry(nil, "certificate: /c", "listen.private_key is missing"),
		Entry(nil, "certificate: c, private_key: /k", "listen.certificate must be an absolute path"),
		Entry(nil, "insecure: true, certificate: /c", "listen.insecure must be false"),
		Entry(nil, "insecure: true, address: '8443'", "listen.address is not an address with a port"),
	)
})

var _ = Describe("Load", func() {
	write := func(text string) string {
		file := filepath.Join(GinkgoT().TempDir(), "hub.yml")
		Expect(os.WriteFile(file, []byte(text), 0o600)).To(Succeed())
		return file
	}

	It("names the file and all its problems", func() {
		file := write("listen: {insecure: true}\nlgo: {}\ndatabase: {url: s3cr3t}\n")
		_, err := settings.Load(file)
		Expect(err).To(MatchError(HavePrefix(file + ": lgo (line 2) is not a known key")))
		Expect(err.Error()).NotTo(ContainSubstring("s3cr3t"))
	})

	It("tells that a file is missing, and refuses one that cannot be a configuration", func() {
		_, err := settings.Load("/not/there")
		Expect(err).To(MatchError("read the configuration: open /not/there: no such file or directory"))
		_, err = settings.Load(write(strings.Repeat("#", 5<<20)))
		Expect(err).To(MatchError(ContainSubstring("is larger than 4 MiB")))
	})
})
