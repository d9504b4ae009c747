//go:build !vm

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
)

// nightPatience is how long agents and hub have for what has changed.
const nightPatience = 90 * time.Second

// night is a platform in the night of the incident: a Vault, a hub, and VMs with their agents, all of them the real
// programs. The operator's commands run in a shell.
type night struct {
	dir, program string
	vault        *vaulttest.Server
	ca           *scenario.Pair
	rep          *scenario.Pair // the expired certificate of the cells
	url, agents  string         // of the hub: for people, and for agents
	roots        map[string]string
	at           string // the VM to which the operator is logged in
}

func newNight() *night {
	GinkgoHelper()
	n := &night{dir: GinkgoT().TempDir(), vault: vaulttest.Start(scenario.DevVaultOptions{}), roots: map[string]string{}}
	n.ca = scenario.Issue(scenario.Spec{CommonName: "service_cf_internal_ca", CA: true, NotBefore: time.Now().AddDate(-3, 0, 0), NotAfter: time.Now().AddDate(7, 0, 0)})
	n.put("cf/ca", n.ca)
	ended := time.Now().Add(-5 * time.Hour)
	n.put("cf/diego/bbs", n.leaf("bbs.service.cf.internal", ended))
	n.rep = n.leaf("cell.service.cf.internal", ended)
	n.put("cf/diego/rep", n.rep)
	n.put("cf/cloud_controller", n.leaf("cloud-controller-ng.service.cf.internal", time.Now().AddDate(1, 0, 0)))
	n.build()
	n.hub()
	n.sh("cert-health publish --vault-path secret/cf")
	names := []string{"api", "diego-api", "diego-cell/0", "diego-cell/1"}
	n.deploy(names...)
	for _, name := range names {
		n.agent(name)
	}
	return n
}

func (n *night) leaf(name string, until time.Time) *scenario.Pair {
	return scenario.Issue(scenario.Spec{CommonName: name, SANs: []string{name, "127.0.0.1"}, Issuer: n.ca, NotBefore: until.AddDate(-1, 0, 0), NotAfter: until})
}

func (n *night) put(path string, pair *scenario.Pair) {
	GinkgoHelper()
	Expect(n.vault.Put(context.Background(), path, pair.Safe())).To(Succeed())
}

// build makes the programs, and the one of the VMs, which knows on which of them it is.
func (n *night) build() {
	GinkgoHelper()
	var err error
	n.program, err = gexec.Build("cert-health/cmd/cert-health")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(gexec.CleanupBuildArtifacts)
	build := exec.Command("go", "build", "-o", filepath.Join(n.dir, "cert-health-hub"), "./cmd/cert-health-hub")
	build.Dir = "../../../cert-health-hub"
	out, err := build.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(out))
	n.write("on-vm", "#!/bin/sh\ncase $1 in status) exec "+n.program+" \"$@\" --config $VM.yml;; *) exec "+n.program+" \"$@\" --root $VM;; esac\n")
}

func (n *night) write(name, contents string) string {
	GinkgoHelper()
	name = filepath.Join(n.dir, name)
	Expect(os.WriteFile(name, []byte(contents), 0o700)).To(Succeed())
	return name
}

// start starts a program that runs until the end.
func (n *night) start(program string, args ...string) {
	GinkgoHelper()
	session, err := gexec.Start(exec.Command(program, args...), GinkgoWriter, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { session.Kill().Wait(nightPatience) })
}

// hub starts the hub, which takes reports of agents and reads Vault.
func (n *night) hub() {
	GinkgoHelper()
	n.url, n.agents = freeAddress(), freeAddress()
	own := n.leaf("hub", time.Now().AddDate(1, 0, 0))
	n.write("pki.pem", own.CertPEM())
	n.write("pki.key", own.KeyPEM())
	n.write("ca.pem", n.ca.CertPEM())
	n.start(filepath.Join(n.dir, "cert-health-hub"), "serve", "--config", n.write("hub.yml", fmt.Sprintf(`listen: {address: %q, insecure: true}
database: {url: "sqlite:%[2]s/hub.db"}
login: {none: true, local: false}
agents: {address: %[3]q, certificate: %[2]s/pki.pem, private_key: %[2]s/pki.key, client_ca: %[2]s/ca.pem, interval: 10s}
sources: [{name: vault, type: vault, address: %[4]q, auth: {token: %[5]q}, paths: ["secret/cf"]}]
`, n.url, n.dir, n.agents, n.vault.Address, n.vault.Token)))
}

// deploy renders VMs with what Vault holds.
func (n *night) deploy(names ...string) {
	GinkgoHelper()
	get := func(path, key string) string {
		read, err := n.vault.Client.KVv2("secret").Get(context.Background(), path)
		Expect(err).NotTo(HaveOccurred())
		return read.Data[key].(string)
	}
	files := func(path, name, ca string) scenario.Files {
		return scenario.Files{name + ".crt": get(path, "certificate"), name + ".key": get(path, "key"), ca: n.ca.CertPEM()}
	}
	for _, name := range names {
		group, index, _ := strings.Cut(name, "/")
		vm := scenario.VM{Deployment: "cf", Group: group, ID: "c2a1f6d8-5b3e-4f7a-b0d9-7e44a91f3c0" + "0" + index, AZ: "z1"}
		vm.Jobs = map[string]map[string]scenario.Files{
			"api":        {"cloud_controller_ng": files("cf/cloud_controller", "config/certs/mutual_tls", "config/certs/mutual_tls_ca.crt")},
			"diego-api":  {"bbs": files("cf/diego/bbs", "config/certs/server", "config/certs/ca.crt")},
			"diego-cell": {"rep": files("cf/diego/rep", "config/certs/tls", "config/certs/tls_ca.crt")},
		}[group]
		n.roots[name] = filepath.Join(n.dir, strings.ReplaceAll(name, "/", "-"))
		Expect(vm.Write(n.roots[name])).To(Succeed())
	}
}

// agent starts the agent of a VM.
func (n *night) agent(name string) {
	GinkgoHelper()
	settings, own := n.roots[name]+".yml", n.leaf("agent-of-"+strings.ReplaceAll(name, "/", "-"), time.Now().AddDate(1, 0, 0)) // they share an address: the hub knows them by their names
	Expect(os.WriteFile(n.roots[name]+".pem", []byte(own.CertPEM()+own.KeyPEM()), 0o600)).To(Succeed())
	Expect(os.WriteFile(settings, fmt.Appendf(nil, `agent: {scan_interval: 1s, compare_interval: 1s, data_dir: %[1]s/var/vcap/data/cert-health}
alerts: {enabled: false}
served: {enabled: false}
vault: {address: %[2]q, paths: [secret/cf], auth: {token: %[3]q}}
hub: {url: "https://%[4]s", ca_cert: %[5]s/ca.pem, certificate: %[1]s.pem, private_key: %[1]s.pem, interval: 10s}
`, n.roots[name], n.vault.Address, n.vault.Token, n.agents, n.dir), 0o600)).To(Succeed())
	n.start(n.program, "agent", "--root", n.roots[name], "--config", settings)
}

// download makes the archive of bosh logs: that of a cell whose client certificate the Cloud Controller refuses.
func (n *night) download() {
	GinkgoHelper()
	line := fmt.Sprintf(`{"timestamp":%q,"level":"error","source":"rep","message":"rep.download-step.failed-to-fetch","data":{"error":"Get \"https://cloud-controller-ng.service.cf.internal:9023/internal/v4/droplets\": remote error: tls: expired certificate"}}`+"\n", time.Now().UTC().Format(time.RFC3339Nano))
	line += `{"level":"error","source":"rep","message":"rep.run-step.failed","data":{"error":"Downloading failed"}}` + "\n"
	var archive bytes.Buffer
	compressed := gzip.NewWriter(&archive)
	w := tar.NewWriter(compressed)
	Expect(w.WriteHeader(&tar.Header{Name: "./rep/rep.stdout.log", Mode: 0o644, Size: int64(len(line))})).To(Succeed())
	_, err := w.Write([]byte(line))
	Expect(err).NotTo(HaveOccurred())
	Expect(w.Close()).To(Succeed())
	Expect(compressed.Close()).To(Succeed())
	n.write("cf.diego-cell-20261127-030000.tgz", archive.String())
}

// sh runs a command as the operator types it.
func (n *night) sh(command string) outcome {
	GinkgoHelper()
	const onVM = "/var/vcap/jobs/cert-health/bin/cert-health"
	command = strings.ReplaceAll(command, onVM, filepath.Join(n.dir, "on-vm"))
	shell := exec.Command("bash", "-c", command)
	shell.Dir = n.dir
	shell.Env = []string{"PATH=" + filepath.Dir(n.program) + ":" + os.Getenv("PATH"), "HOME=" + n.dir, "COLUMNS=120", "VAULT_ADDR=" + n.vault.Address, "VAULT_TOKEN=" + n.vault.Token,
		"CERT_HEALTH_HUB=http://" + n.url, "VM=" + n.roots[n.at]}
	session, err := gexec.Start(shell, nil, nil)
	Expect(err).NotTo(HaveOccurred())
	session.Wait(nightPatience)
	return outcome{session.ExitCode(), string(session.Out.Contents()), string(session.Err.Contents())}
}

// expect runs a command until it says all this: agents and hub may not know of a change yet. A command that writes
// runs once.
func (n *night) expect(command string, code int, says []string) {
	GinkgoHelper()
	var o outcome
	try := func(g Gomega) {
		o = n.sh(command)
		text := strings.Join(strings.Fields(o.out), " ")
		for _, words := range says {
			g.Expect(text).To(ContainSubstring(words), o.out+o.err)
		}
		g.Expect(o.code).To(Equal(code), o.out+o.err)
	}
	if strings.Contains(command, "--yes") || strings.Contains(command, "publish") {
		try(NewWithT(GinkgoT()))
	} else {
		Eventually(try).WithTimeout(nightPatience).WithPolling(time.Second).Should(Succeed())
	}
	AddReportEntry(command, o.out+o.err, ReportEntryVisibilityFailureOrVerbose)
}

// freeAddress is an address on which nothing listens.
func freeAddress() string {
	GinkgoHelper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	defer listener.Close()
	return listener.Addr().String()
}
