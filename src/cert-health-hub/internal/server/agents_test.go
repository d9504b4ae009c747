package server_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/server"
	"cert-health/hub/internal/settings"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/uplink"
)

// agentsOf are the settings of a hub that agents report to, with its certificate and the CA of theirs.
type agentsOf struct {
	ca    *scenario.Pair
	files files
	caPEM string
}

func newAgents() agentsOf {
	GinkgoHelper()
	a := agentsOf{ca: scenario.Issue(scenario.Spec{CommonName: "agents", CA: true})}
	a.files = newFiles(scenario.Issue(scenario.Spec{CommonName: "hub for agents", SANs: []string{"127.0.0.1"}, Issuer: a.ca}))
	a.caPEM = filepath.Join(GinkgoT().TempDir(), "ca.pem")
	Expect(os.WriteFile(a.caPEM, []byte(a.ca.CertPEM()), 0o600)).To(Succeed())
	return a
}

func (a agentsOf) settings(more string) string {
	return fmt.Sprintf("agents: {address: '127.0.0.1:0', certificate: %s, private_key: %s, client_ca: %s%s}\n", a.files.certificate, a.files.key, a.caPEM, more)
}

// serverOf is the error of a hub that cannot start.
func serverOf(more string) error {
	GinkgoHelper()
	s, problems := settings.Parse([]byte("listen: {insecure: true}\ndatabase: {url: 'sqlite:"+filepath.Join(GinkgoT().TempDir(), "hub.db")+"'}\n"+more), nil)
	Expect(problems).To(BeEmpty())
	_, err := server.New(context.Background(), s, "1.2.3", (&lines{}).logger())
	return err
}

// client is an agent's. Each of its requests has a connection of its own; the last one's state is in state.
func (a agentsOf) client(state *tls.ConnectionState, dial func() (net.Conn, error)) *http.Client {
	GinkgoHelper()
	roots := x509.NewCertPool()
	roots.AddCert(a.ca.X509)
	own := scenario.Issue(scenario.Spec{CommonName: "cert-health-agent", Client: true, Issuer: a.ca})
	pair, err := tls.X509KeyPair([]byte(own.CertPEM()), []byte(own.KeyPEM()))
	Expect(err).NotTo(HaveOccurred())
	config := &tls.Config{RootCAs: roots, ServerName: "127.0.0.1", Certificates: []tls.Certificate{pair}, ClientSessionCache: tls.NewLRUClientSessionCache(10),
		VerifyConnection: func(s tls.ConnectionState) error { *state = s; return nil }}
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
	if dial != nil {
		transport.DialContext = func(_ context.Context, _, _ string) (net.Conn, error) { return dial() }
	}
	return &http.Client{Transport: transport, Timeout: time.Minute}
}

// agentsAddress is where the hub listens for agents.
func (h *hub) agentsAddress() string {
	GinkgoHelper()
	line := regexp.MustCompile(`"msg":"the hub listens for agents","address":"([^"]+)"`)
	Eventually(h.log.String).Should(MatchRegexp(line.String()))
	return line.FindStringSubmatch(h.log.String())[1]
}

func post(client *http.Client, address, path string, body any) (int, string) {
	GinkgoHelper()
	text, err := json.Marshal(body)
	Expect(err).NotTo(HaveOccurred())
	var packed bytes.Buffer
	packer := gzip.NewWriter(&packed)
	request, err := http.NewRequest(http.MethodPost, "https://"+address+path, bytes.NewReader(text))
	Expect(err).NotTo(HaveOccurred())
	if path == uplink.ReportsPath {
		_, _ = packer.Write(text)
		Expect(packer.Close()).To(Succeed())
		request, err = http.NewRequest(http.MethodPost, "https://"+address+path, &packed)
		Expect(err).NotTo(HaveOccurred())
		request.Header.Set("Content-Encoding", "gzip")
	}
	answer, err := client.Do(request)
	Expect(err).NotTo(HaveOccurred())
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	Expect(err).NotTo(HaveOccurred())
	return answer.StatusCode, string(said)
}

var _ = Describe("agents", func() {
	instance := report.Instance{Deployment: "cf", Group: "cell", ID: "3f2a"}
	whole := uplink.Report{Schema: 1, Digest: strings.Repeat("a", 64), Sequence: uplink.Sequence{Boot: "b", Count: 1},
		Report: json.RawMessage(`{"schema": 1, "instance": {"deployment": "cf", "group": "cell", "id": "3f2a"}, "certificates": [], "problems": []}`)}
	beat := uplink.Heartbeat{Schema: 1, Instance: instance, Digest: whole.Digest, Sequence: whole.Sequence}

	It("report over mutual TLS, and are counted", func() {
		a := newAgents()
		h := start("external_url: https://certificates.example.com\n" + a.settings(""))
		h.ready()
		var state tls.ConnectionState
		client, address := a.client(&state, nil), h.agentsAddress()
		status, _ := post(client, address, uplink.HeartbeatsPath, beat)
		Expect(status).To(Equal(http.StatusConflict))
		Expect(state).To(And(HaveField("Version", uint16(tls.VersionTLS13)), HaveField("NegotiatedProtocol", "")))
		status, _ = post(client, address, uplink.ReportsPath, whole)
		Expect(status).To(Equal(http.StatusNoContent))
		status, _ = post(client, address, uplink.HeartbeatsPath, beat)
		Expect(status).To(Equal(http.StatusNoContent))
		status, body := post(client, address, uplink.ReferencesPath, uplink.ReferencesRequest{Schema: 1, Instance: instance})
		Expect(status).To(Equal(http.StatusOK), body)
		Expect(h.metrics()).To(And(
			ContainSubstring(`cert_health_hub_agents_requests_total{kind="report",result="taken"} 1`),
			ContainSubstring(`cert_health_hub_agents_requests_total{kind="heartbeat",result="conflict"} 1`),
			ContainSubstring(`cert_health_hub_agents_requests_under_way 0`)))
		Eventually(h.metrics).Should(ContainSubstring(`cert_health_hub_source_certificates{source="hub",type="hub",state="ok"} 2`), "the certificate for agents is watched too")
		status, _ = post(client, address, "/v1/certificates", nil)
		Expect(status).To(Equal(http.StatusNotFound), "people's API is elsewhere")
		Expect(h.send(http.MethodPost, uplink.HeartbeatsPath)).NotTo(HaveHTTPStatus(http.StatusNoContent), "agents' is not there")
	})

	It("need a client certificate, of the right CA, to be heard at all", func() {
		a := newAgents()
		address := start(a.settings("")).agentsAddress()
		for _, issuer := range []*scenario.Pair{nil, scenario.Issue(scenario.Spec{CommonName: "agents", CA: true})} {
			var state tls.ConnectionState
			client := a.client(&state, nil)
			config := client.Transport.(*http.Transport).TLSClientConfig
			config.Certificates = nil
			if issuer != nil {
				foreign := scenario.Issue(scenario.Spec{CommonName: "cert-health-agent", Client: true, Issuer: issuer})
				pair, err := tls.X509KeyPair([]byte(foreign.CertPEM()), []byte(foreign.KeyPEM()))
				Expect(err).NotTo(HaveOccurred())
				config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
			}
			_, err := client.Post("https://"+address+uplink.HeartbeatsPath, "application/json", strings.NewReader("{}"))
			Expect(err).To(MatchError(MatchRegexp("tls: (certificate required|unknown certificate authority)")))
		}
	})

	It("resume a session at another hub with the same certificate, and at none with other CAs", func() {
		a := newAgents()
		var state tls.ConnectionState
		client := a.client(&state, nil)
		for i, resumed := range []bool{false, true} {
			status, _ := post(client, start(a.settings("")).agentsAddress(), uplink.HeartbeatsPath, "no heartbeat")
			Expect(status).To(Or(Equal(http.StatusBadRequest), Equal(http.StatusServiceUnavailable)))
			Expect(state.DidResume).To(Equal(resumed), "hub %d", i)
		}
		other := scenario.Issue(scenario.Spec{CommonName: "more", CA: true})
		Expect(os.WriteFile(a.caPEM, []byte(a.ca.CertPEM()+other.CertPEM()), 0o600)).To(Succeed())
		_, _ = post(client, start(a.settings("")).agentsAddress(), uplink.HeartbeatsPath, "no heartbeat")
		Expect(state.DidResume).To(BeFalse())
	})

	It("have the address that a trusted balancer tells, and any other sender has its own", func() {
		a := newAgents()
		h := start(a.settings(", proxies: [127.0.0.2]"))
		h.ready()
		address := h.agentsAddress()
		through := func(local, header string) *http.Client {
			var state tls.ConnectionState
			return a.client(&state, func() (net.Conn, error) {
				connection, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(local)}}).Dial("tcp", address)
				if err == nil && header != "" {
					_, err = io.WriteString(connection, header)
				}
				return connection, err
			})
		}
		status, _ := post(through("127.0.0.2", "PROXY TCP4 10.0.0.7 10.0.0.1 4711 8444\r\n"), address, uplink.ReportsPath, whole)
		Expect(status).To(Equal(http.StatusNoContent))
		status, _ = post(through("127.0.0.1", ""), address, uplink.HeartbeatsPath, beat)
		Expect(status).To(Equal(http.StatusForbidden), "the instance belongs to 10.0.0.7")
		status, _ = post(through("127.0.0.2", "PROXY TCP4 10.0.0.7 10.0.0.1 4712 8444\r\n"), address, uplink.HeartbeatsPath, beat)
		Expect(status).To(Equal(http.StatusNoContent))
		for local, header := range map[string]string{
			"127.0.0.1": "PROXY TCP4 10.0.0.7 10.0.0.1 4711 8444\r\n", // it is no balancer
			"127.0.0.2": "",                                           // it must tell the address
		} {
			_, err := through(local, header).Post("https://"+address+uplink.HeartbeatsPath, "application/json", strings.NewReader("{}"))
			Expect(err).To(HaveOccurred(), local)
		}
	})

	It("are not served without CAs that can be used", func() {
		a := newAgents()
		Expect(os.WriteFile(a.caPEM, []byte("nothing"), 0o600)).To(Succeed())
		Expect(serverOf(a.settings(""))).To(MatchError(ContainSubstring("read cert_health_hub.agents.client_ca: there is no certificate in it: write PEM")))
	})
})
