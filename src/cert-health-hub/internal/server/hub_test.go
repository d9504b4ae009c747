package server_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/people"
	"cert-health/hub/internal/server"
	"cert-health/hub/internal/settings"
	"cert-health/internal/scenario"
)

// hub is a hub that runs until the test ends.
type hub struct {
	url    string
	file   string // of the database
	log    *lines
	client *http.Client
	stop   func()
}

// start runs a hub with more settings, on loopback with TLS.
func start(more string) *hub {
	GinkgoHelper()
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	f := newFiles(scenario.Issue(scenario.Spec{CommonName: "hub", SANs: []string{"127.0.0.1"}, Issuer: ca}))
	h := &hub{log: &lines{}, file: filepath.Join(GinkgoT().TempDir(), "hub.db")}
	text := "listen: {address: '127.0.0.1:0', certificate: " + f.certificate + ", private_key: " + f.key + "}\n" + more
	if !strings.Contains(more, "database:") {
		text += "\ndatabase: {url: 'sqlite:" + h.file + "'}\n"
	}
	s, problems := settings.Parse([]byte(text), nil)
	Expect(problems).To(BeEmpty())
	ctx, stop := context.WithCancel(context.Background())
	running, err := server.New(ctx, s, "1.2.3", h.log.logger())
	Expect(err).NotTo(HaveOccurred())
	ended := make(chan error, 1)
	go func() { ended <- running.Run(ctx) }()
	h.stop = func() {
		stop()
		Eventually(ended).Should(Receive(BeNil()))
		Expect(running.Close()).To(Succeed())
	}
	DeferCleanup(func() { h.stop() })
	h.url = "https://" + h.listens()
	roots := x509.NewCertPool()
	roots.AddCert(ca.X509)
	jar, err := cookiejar.New(nil)
	Expect(err).NotTo(HaveOccurred())
	h.client = &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}
	return h
}

// listens is the address that the hub's log tells.
func (h *hub) listens() string {
	GinkgoHelper()
	line := regexp.MustCompile(`"msg":"the hub listens","address":"([^"]+)"`)
	Eventually(h.log.String).Should(MatchRegexp(line.String()))
	return line.FindStringSubmatch(h.log.String())[1]
}

// get returns the status and the body of an answer.
func (h *hub) get(path string) (int, string) {
	GinkgoHelper()
	answer, err := h.client.Get(h.url + path)
	Expect(err).NotTo(HaveOccurred())
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	Expect(err).NotTo(HaveOccurred())
	return answer.StatusCode, string(body)
}

// send sends a request with headers: name, value, …
func (h *hub) send(method, path string, headers ...string) *http.Response {
	GinkgoHelper()
	request, err := http.NewRequest(method, h.url+path, nil)
	Expect(err).NotTo(HaveOccurred())
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := h.client.Do(request)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(answer.Body.Close)
	return answer
}

// post sends a form, and returns the answer without following it.
func (h *hub) post(path string, form url.Values) *http.Response {
	GinkgoHelper()
	direct := *h.client
	direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := direct.PostForm(h.url+path, form)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(answer.Body.Close)
	return answer
}

func (h *hub) ready() {
	GinkgoHelper()
	Eventually(func() int { status, _ := h.get("/readyz"); return status }).Should(Equal(http.StatusOK))
}

// metrics is what /metrics says now.
func (h *hub) metrics() string { _, body := h.get("/metrics"); return body }

// addUser adds a user to the database, as the command does.
func (h *hub) addUser(name, password string, role people.Role) {
	GinkgoHelper()
	user, err := people.NewUser(name, password, role, time.Now())
	Expect(err).NotTo(HaveOccurred())
	opened, err := db.Open(context.Background(), "sqlite:"+h.file, h.log.logger())
	Expect(err).NotTo(HaveOccurred())
	defer opened.Close()
	Expect(opened.AddUser(context.Background(), user)).To(Succeed())
}
