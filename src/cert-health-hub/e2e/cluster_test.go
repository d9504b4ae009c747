package e2e_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"cert-health/hub/internal/db/dbtest"
	"cert-health/internal/scenario"
)

// cluster are three hubs on one database, with one source and one receiver of notices.
type cluster struct {
	ca       *scenario.Pair
	database string
	members  []*member
	receiver *receiver
	client   *http.Client
}

// member is one of the hubs.
type member struct {
	number        int
	pages, agents string
	settings      string
	link          *link
	log           *gbytes.Buffer
	process       *exec.Cmd
	client        *http.Client
}

// newCluster starts three hubs that look at one TLS host.
func newCluster(ctx context.Context, host string, ca *scenario.Pair) *cluster {
	GinkgoHelper()
	server, err := dbtest.Start(ctx)
	if errors.Is(err, dbtest.ErrNotInstalled) {
		Skip(err.Error())
	}
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(ca.X509)
	c := &cluster{ca: ca, database: must(server.NewDatabase(ctx)), receiver: newReceiver(),
		client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}}
	for number := range 3 {
		c.members = append(c.members, c.member(number, host))
	}
	return c
}

func (c *cluster) member(number int, host string) *member {
	GinkgoHelper()
	m := &member{number: number, pages: free(), agents: free(), log: gbytes.NewBuffer(), client: c.client}
	dir := GinkgoT().TempDir()
	write := func(name, contents string) string {
		GinkgoHelper()
		path := filepath.Join(dir, name)
		Expect(os.WriteFile(path, []byte(contents), 0o600)).To(Succeed())
		return path
	}
	own := scenario.Issue(scenario.Spec{CommonName: fmt.Sprint("hub-", number), Issuer: c.ca, SANs: []string{"127.0.0.1"}})
	location := must(url.Parse(c.database))
	m.link = newLink(location.Host)
	location.Host = m.link.Addr().String()
	pair := map[string]any{"certificate": write("hub.pem", own.CertPEM()+c.ca.CertPEM()), "private_key": write("hub.key", own.KeyPEM())}
	m.settings = write("hub.yml", string(must(json.Marshal(map[string]any{
		"listen":   map[string]any{"address": m.pages, "certificate": pair["certificate"], "private_key": pair["private_key"]},
		"agents":   map[string]any{"address": m.agents, "client_ca": write("ca.pem", c.ca.CertPEM()), "proxies": []string{"127.0.0.0/8"}},
		"database": map[string]any{"url": location.String()}, "login": map[string]any{"none": true, "local": false},
		"sources": []any{map[string]any{"name": "hosts", "type": "tls", "hosts": []string{host}, "ca_cert": c.ca.CertPEM(), "interval": "10s", "host_timeout": "5s"}},
		"notifications": map[string]any{
			"channels": []any{map[string]any{"name": "ops", "webhook": map[string]any{"url": c.receiver.URL}}},
			"rules":    []any{map[string]any{"name": "all", "on_change": true, "channels": []string{"ops"}}},
		},
	}))))
	m.start()
	DeferCleanup(m.kill)
	return m
}

func (m *member) start() {
	GinkgoHelper()
	m.process = exec.Command(filepath.Join(programs, "cert-health-hub"), "serve", "--config", m.settings)
	m.process.Stdout, m.process.Stderr, m.process.SysProcAttr = m.log, m.log, &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	Expect(m.process.Start()).To(Succeed())
}

func (m *member) kill() {
	_ = m.process.Process.Kill()
	_ = m.process.Wait()
}

// page is a page of the hub; empty if it does not answer.
func (m *member) page(method, path string) string {
	request, err := http.NewRequest(method, "https://"+m.pages+path, bytes.NewReader([]byte("{}")))
	if err != nil {
		return err.Error()
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := m.client.Do(request)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	contents, _ := io.ReadAll(response.Body)
	return string(contents)
}

func (m *member) ready() bool { return m.page(http.MethodGet, "/readyz") == "ready\n" }

// leads tells whether the hub says that it is the one that collects.
func (m *member) leads() bool {
	return strings.Contains(m.page(http.MethodGet, "/metrics"), "\ncert_health_hub_leader 1\n")
}

// leader waits until one of the hubs leads that are not left out.
func (c *cluster) leader(without *member) (leader *member) {
	GinkgoHelper()
	Eventually(func() *member {
		for _, m := range c.members {
			if m != without && m.leads() {
				leader = m
			}
		}
		return leader
	}).WithTimeout(2*time.Minute).ShouldNot(BeNil(), "no hub leads")
	return leader
}

// leaders is how many hubs say that they lead.
func (c *cluster) leaders() (number int) {
	for _, m := range c.members {
		if m.leads() {
			number++
		}
	}
	return number
}
