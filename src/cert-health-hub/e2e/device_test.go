package e2e_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"

	"cert-health/internal/scenario"
)

var _ = It("logs in by a code that a person confirms in the browser", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	pair := scenario.Issue(scenario.Spec{CommonName: "site", Issuer: ca, SANs: []string{"127.0.0.1"}})
	h := start([]string{host(pair, ca).Addr().String()}, ca)
	ann := operator{GinkgoT().TempDir()}
	command := exec.Command(filepath.Join(programs, "cert-health"), "login", "https://"+h.address, "--ca-cert", h.ca)
	command.Env = []string{"HOME=" + ann.home}
	session := must(gexec.Start(command, GinkgoWriter, GinkgoWriter))
	DeferCleanup(func() { session.Kill().Wait(time.Minute) })
	Eventually(session.Err, time.Minute).Should(gbytes.Say(`and confirm the code \S+\n`))
	code := regexp.MustCompile(`code (\S+)`).FindStringSubmatch(string(session.Err.Contents()))[1]

	pool := x509.NewCertPool()
	pool.AddCert(ca.X509)
	browser := &http.Client{Jar: must(cookiejar.New(nil)), Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	DeferCleanup(browser.CloseIdleConnections)
	post := func(path string, form url.Values) {
		GinkgoHelper()
		response := must(browser.PostForm("https://"+h.address+path, form))
		Expect(response.Body.Close()).To(Succeed())
		Expect(response.StatusCode).To(Equal(http.StatusOK))
	}
	post("/login", url.Values{"name": {"ann"}, "password": {"c0rrect horse battery"}})
	post("/device", url.Values{"user_code": {code}, "answer": {"approve"}})

	Eventually(session, time.Minute).Should(gexec.Exit(0))
	Expect(session.Err).To(gbytes.Say("as ann, with the role operator"))
	Expect(ann.run("", "sources").code).To(Equal(0))
})
