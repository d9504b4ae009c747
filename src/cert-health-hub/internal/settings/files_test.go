package settings_test

import (
	"fmt"
	"net/url"
	"os"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/settings"
	"cert-health/internal/scenario"
)

var _ = Describe("PEM in the configuration", func() {
	var files *settings.Files
	BeforeEach(func() {
		var err error
		files, err = settings.NewFiles()
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { Expect(files.Remove()).To(Succeed()) })
	})

	pair := scenario.Issue(scenario.Spec{CommonName: "hub"})
	indented := func(text string) string {
		return "|\n    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
	}

	It("becomes a file that only the hub can read", func() {
		s, problems := settings.Parse([]byte("listen:\n  certificate: "+indented(pair.CertPEM())+"\n  private_key: "+indented(pair.KeyPEM())+"\n"+
			"database:\n  url: postgres://hub:p%40ss@db/hub\n  ca_cert: "+indented(pair.CertPEM())), files)
		Expect(problems).To(BeEmpty())
		Expect(os.ReadFile(s.Listen.PrivateKey)).To(BeEquivalentTo(strings.TrimSpace(pair.KeyPEM()) + "\n"))
		info, err := os.Stat(s.Listen.PrivateKey)
		Expect(err).NotTo(HaveOccurred())
		Expect(info.Mode().Perm()).To(Equal(os.FileMode(0o600)))
		Expect(fmt.Sprintf("%+v", s)).NotTo(ContainSubstring("BEGIN"))

		location, err := url.Parse(s.Database.Location())
		Expect(err).NotTo(HaveOccurred())
		Expect(location.Query().Get("sslmode")).To(Equal("verify-full"))
		Expect(os.ReadFile(location.Query().Get("sslrootcert"))).To(BeEquivalentTo(strings.TrimSpace(pair.CertPEM()) + "\n"))
		Expect(location.User.String()).To(Equal("hub:p%40ss"))
	})

	It("is refused if it is cut off, without a word of it", func() {
		_, problems := settings.Parse([]byte("listen:\n  certificate: /c\n  private_key: "+indented(pair.KeyPEM()[:60])), files)
		Expect(problems).To(ContainElement("listen.private_key: it begins like PEM, but has no complete block of it"))
		Expect(problems.Error()).NotTo(ContainSubstring(pair.KeyPEM()[30:60]))
	})
})
