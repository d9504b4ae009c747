package fleet_test

import (
	"encoding/json"
	"os"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

// fault is something that is wrong between the agent of a VM and the hub.
type fault struct {
	begin func(*vm)
	says  string // in status on the VM
}

// faults are one for each of three VMs. The clock of a VM that runs monit cannot be set: certificates that are not
// valid yet, and not valid any more, are what a clock that is wrong sees.
func faults(h *hub) []fault {
	client := func(begins, ends time.Duration) func(*vm) {
		own := scenario.Issue(scenario.Spec{CommonName: "cert-health", Issuer: h.ca, NotBefore: time.Now().Add(begins), NotAfter: time.Now().Add(ends)})
		return func(v *vm) {
			v.configure("hub_client.crt", own.CertPEM())
			v.configure("hub_client.key", own.KeyPEM())
		}
	}
	other := scenario.Issue(scenario.Spec{CommonName: "other", CA: true}).CertPEM()
	return []fault{
		{func(v *vm) { v.configure("hub_ca.pem", other) }, "is signed by an unknown CA: add this CA to cert_health.hub.ca_cert."},
		{client(-48*time.Hour, -time.Hour), "the hub does not accept the client certificate in cert_health.hub.certificate: it expired at "},
		{client(time.Hour, 48*time.Hour), "UTC: set this machine's clock if it is wrong (date -u)."},
	}
}

const configured = "/var/vcap/jobs/cert-health/config/"

// configure replaces a file of the agent's configuration. Its owner and mode stay.
func (v *vm) configure(file, contents string) {
	GinkgoHelper()
	Expect(os.WriteFile(v.path(configured+file), []byte(contents), 0o640)).To(Succeed())
}

// keep returns a function that puts the agent's files back.
func (v *vm) keep(files ...string) func() {
	GinkgoHelper()
	before := map[string]string{}
	for _, file := range files {
		before[file] = string(must(os.ReadFile(v.path(configured + file))))
	}
	return func() {
		for file, contents := range before {
			v.configure(file, contents)
		}
	}
}

// said is what status prints, in one line.
func (v *vm) said() string { return strings.Join(strings.Fields(v.status()), " ") }

// well tells what monit says of the agent itself. A certificate that has expired is no fault of the agent.
func (v *vm) well() string { return v.check("cert-health")() + v.check("cert-health-heartbeat")() }

// standings are those of the instances, by id.
func (h *hub) standings() map[string]string {
	var all struct {
		Instances []struct {
			ID       string `json:"id"`
			Standing string `json:"standing"`
		} `json:"instances"`
	}
	_, out := h.ann("instances", "--format", "json")
	_ = json.Unmarshal([]byte(out), &all) // without an answer there are none
	found := map[string]string{}
	for _, i := range all.Instances {
		found[i.ID] = i.Standing
	}
	return found
}

// each are the standings if all VMs have the same.
func each(vms []*vm, standing string) map[string]string {
	all := map[string]string{}
	for _, v := range vms {
		all[v.id] = standing
	}
	return all
}

// breakAll lets each VM have another fault, and mends them all.
func breakAll(h *hub, vms []*vm) {
	GinkgoHelper()
	var mend []func()
	ills := faults(h)
	for i, f := range ills {
		mend = append(mend, vms[i].keep("hub_ca.pem", "hub_client.crt", "hub_client.key"))
		f.begin(vms[i])
	}
	for i, f := range ills {
		Eventually(vms[i].said, soon).Should(And(ContainSubstring("Not reported to the hub since "), ContainSubstring(f.says)), vms[i].name())
	}
	Eventually(h.standings, soon).Should(Equal(each(vms, "silent")))
	for _, v := range vms {
		Expect(v.well()).To(MatchRegexp(`(?s)OK.*OK`), v.name())
		Expect(v.said()).To(ContainSubstring("The agent is alive"))
		Expect(v.log()).NotTo(ContainSubstring("PRIVATE"))
	}
	for _, put := range mend {
		put()
	}
	Eventually(h.standings, soon).Should(Equal(each(vms, "reporting")))
	for _, v := range vms {
		Eventually(v.said, soon).Should(ContainSubstring("Reported to the hub at "))
	}
}

// fillDisk fills the disk of a VM's data directory, and returns what frees it. The directory is on a small disk of
// its own from then on, with the files that it had.
func (v *vm) fillDisk() func() {
	GinkgoHelper()
	const data = "/var/vcap/data/cert-health"
	v.run("monit", "-c", monitRC, "stop", "cert-health")
	Eventually(v.check("cert-health"), soon).Should(ContainSubstring("Not monitored"))
	v.run("bash", "-c", "cp -a "+data+" /var/kept && mount -t tmpfs -o size=4m tmpfs "+data+" && cp -a /var/kept/. "+data+" && chown vcap:vcap "+data)
	v.run("monit", "-c", monitRC, "start", "cert-health")
	Eventually(v.said, soon).Should(ContainSubstring("The agent is alive"))
	v.run("bash", "-c", "cat /dev/zero >"+data+"/filler 2>/dev/null; true")
	return func() { v.run("rm", data+"/filler") }
}
