package fleet_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"cert-health/hub/internal/standin"
	"cert-health/hub/internal/standin/director"
	"cert-health/internal/scenario"
)

// password is that of the BOSH Director's user and of the hub's user ann.
const password = "c0rrect horse battery"

// hub is a hub with all that it looks at.
type hub struct {
	ca       *scenario.Pair
	dir      string
	vault    *scenario.DevVault
	director *director.Server
	notices  *notices
	log      *gbytes.Buffer
	process  *exec.Cmd
}

// url is where people on this machine reach the hub.
const url = "https://127.0.0.1:8443"

func newHub(vms ...*vm) *hub {
	GinkgoHelper()
	h := &hub{ca: scenario.Issue(scenario.Spec{CommonName: "ca", CA: true}), dir: GinkgoT().TempDir(), log: gbytes.NewBuffer()}
	h.vault = must(scenario.StartDevVault(context.Background(), scenario.DevVaultOptions{Dir: GinkgoT().TempDir()}))
	DeferCleanup(h.vault.Stop)
	h.director = director.New(director.Options{Users: map[string]string{"hub": password}})
	list := director.Deployment{Name: "cf", Manifest: "name: cf\n"}
	addresses := []string{"127.0.0.1"}
	index := map[string]int{} // by group
	for _, v := range vms {
		list.Instances = append(list.Instances, director.Instance{AgentID: "agent-" + v.id, CID: "vm-" + v.id, Job: v.group, Index: index[v.group], ID: v.id, AZ: v.az,
			IPs: []string{v.address}, ExpectsVM: true, State: "started", CreatedAt: "2026-11-01T00:00:00Z"})
		index[v.group]++
		addresses = append(addresses, v.host)
	}
	h.director.SetDeployments(list)
	h.director.SetCertificates(director.Expiry{Path: "director.ssl.cert", Expiry: time.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339), Days: 365})
	server := must(standin.Serve(h.director, h.ca))
	DeferCleanup(server.Close)
	h.notices = newNotices()
	h.configure(addresses, server.URL)
	DeferCleanup(h.stop)
	return h
}

func (h *hub) write(name, contents string) string {
	GinkgoHelper()
	path := filepath.Join(h.dir, name)
	Expect(os.WriteFile(path, []byte(contents), 0o600)).To(Succeed())
	return path
}

func (h *hub) configure(addresses []string, directorURL string) {
	GinkgoHelper()
	own := scenario.Issue(scenario.Spec{CommonName: "hub", Issuer: h.ca, SANs: addresses})
	certificate, key, ca := h.write("hub.pem", own.CertPEM()+h.ca.CertPEM()), h.write("hub.key", own.KeyPEM()), h.write("ca.pem", h.ca.CertPEM())
	settings := map[string]any{
		"listen":   map[string]any{"address": ":8443", "certificate": certificate, "private_key": key},
		"agents":   map[string]any{"address": ":8444", "certificate": certificate, "private_key": key, "client_ca": ca, "interval": "10s"},
		"database": map[string]any{"url": must(postgres.NewDatabase(context.Background()))},
		"login":    map[string]any{"local": true},
		"sources": []any{
			map[string]any{"name": "vault", "type": "vault", "interval": "10s", "address": h.vault.Address, "auth": map[string]any{"token": h.vault.Token}, "paths": []string{"secret/cf"}, "history": 3},
			map[string]any{"name": "director", "type": "director", "interval": "10s", "address": directorURL, "ca_cert": h.ca.CertPEM(), "user": "hub", "password": password},
		},
		"thresholds": map[string]any{"expiring": "0s", "expiring_soon": "0s"},
		"notifications": map[string]any{
			"channels": []any{map[string]any{"name": "hook", "webhook": map[string]any{"url": h.notices.URL}}},
			"rules":    []any{map[string]any{"name": "all", "on_change": true, "channels": []string{"hook"}}},
		},
	}
	h.write("hub.yml", string(must(json.Marshal(settings))))
	out, err := h.command(password+"\n", "user", "add", "ann", "--role", "operator").CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(out))
}

func (h *hub) command(in string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(programs, "cert-health-hub"), append(args, "--config", filepath.Join(h.dir, "hub.yml"))...)
	c.Stdin, c.SysProcAttr = strings.NewReader(in), &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return c
}

// start starts the hub.
func (h *hub) start() {
	GinkgoHelper()
	h.process = h.command("", "serve")
	h.process.Stdout, h.process.Stderr = h.log, h.log
	Expect(h.process.Start()).To(Succeed())
}

func (h *hub) stop() {
	if h.process != nil {
		_ = h.process.Process.Signal(syscall.SIGTERM)
		_ = h.process.Wait()
		h.process = nil
	}
	Expect(string(h.log.Contents())).NotTo(Or(ContainSubstring(password), ContainSubstring("PRIVATE KEY")))
}

// properties are those of the agents that report to the hub, and ask it for references.
func (h *hub) properties(v *vm) map[string]any {
	GinkgoHelper()
	own := scenario.Issue(scenario.Spec{CommonName: "cert-health", Issuer: h.ca})
	return map[string]any{
		"agent":      map[string]any{"scan_interval": "1s", "compare_interval": "2s"},
		"thresholds": map[string]any{"expiring": "0s", "expiring_soon": "0s", "drift_grace": "0s"},
		"alerts":     map[string]any{"enabled": false},
		"reference":  "hub",
		"hub":        map[string]any{"url": "https://" + v.host + ":8444", "ca_cert": h.ca.CertPEM(), "certificate": own.CertPEM(), "private_key": own.KeyPEM(), "interval": "10s"},
	}
}

// ann runs a command of the operator. It returns the exit code and what was printed.
func (h *hub) ann(args ...string) (int, string) {
	command := exec.Command(filepath.Join(programs, "cert-health"), args...)
	command.Env = []string{"HOME=" + h.dir, "COLUMNS=160"}
	command.Stdin = strings.NewReader(password + "\n")
	out, _ := command.CombinedOutput()
	return command.ProcessState.ExitCode(), string(out)
}

// notices is a receiver of the hub's notifications.
type notices struct {
	URL   string
	mutex sync.Mutex
	all   []notice
}

// notice is the part of a message that the specs look at.
type notice struct {
	Kind   string `json:"kind"`
	Title  string `json:"title"`
	Groups []struct {
		Do      string `json:"do"`
		Entries []struct {
			Name    string   `json:"name"`
			State   string   `json:"state"`
			Message string   `json:"message"`
			Places  []string `json:"places"`
		} `json:"entries"`
	} `json:"groups"`
}

func newNotices() *notices {
	n := &notices{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var one notice
		if json.NewDecoder(bytes.NewReader(body)).Decode(&one) == nil {
			n.mutex.Lock()
			defer n.mutex.Unlock()
			n.all = append(n.all, one)
		}
	}))
	DeferCleanup(server.Close)
	n.URL = server.URL
	return n
}

// titles are the titles of all notices so far.
func (n *notices) titles() (titles []string) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	for _, one := range n.all {
		titles = append(titles, one.Title)
	}
	return titles
}

// last is the newest notice.
func (n *notices) last() notice {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if len(n.all) == 0 {
		return notice{}
	}
	return n.all[len(n.all)-1]
}
