package e2e_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	agentreport "cert-health/internal/report"
	"cert-health/internal/scenario"
)

// webJob is a job that runs only nginx, outside bpm.
type webJob struct {
	name    string
	address string
	user    string // of the master process
	workers string // their user, if the master runs as root
}

// deployWeb installs the jobs, each with its own certificate, and their monit files.
func deployWeb(jobs ...webJob) {
	GinkgoHelper()
	vm := scenario.VM{Deployment: "cf", Group: "router", ID: "c2a1f6d8", Jobs: map[string]scenario.Files{}}
	for _, j := range jobs {
		p := j.certificate(20)
		vm.Jobs[j.name] = scenario.Files{"monit": j.monit(), "config/nginx.conf": j.nginx(),
			"config/cert.pem": p.CertPEM(), "config/key.pem": p.KeyPEM()}
		Expect(os.WriteFile("/var/vcap/monit/"+j.name+".monitrc", []byte(j.monit()), 0o600)).To(Succeed())
		for _, dir := range []string{j.run(), j.log()} {
			Expect(os.MkdirAll(dir, 0o755)).To(Succeed())
			Expect(exec.Command("chown", j.user, dir).Run()).To(Succeed())
		}
	}
	Expect(vm.Write("/")).To(Succeed())
	chown("/var/vcap/data/jobs")
}

func (j webJob) run() string { return "/var/vcap/sys/run/" + j.name }
func (j webJob) log() string { return "/var/vcap/sys/log/" + j.name }

func (j webJob) config(name string) string {
	return filepath.Join("/var/vcap/jobs", j.name, "config", name)
}

func (j webJob) monit() string {
	start := "/usr/sbin/runuser -u " + j.user + " -- /usr/sbin/nginx -c " + j.config("nginx.conf") + " -e " + j.log() + "/error.log"
	return fmt.Sprintf("check process %s\n  with pidfile %s/nginx.pid\n  start program \"%s\"\n  stop program \"%s -s quit\"\n  group vcap\n", j.name, j.run(), start, start)
}

func (j webJob) nginx() string {
	workers := ""
	if j.workers != "" {
		workers = "user " + j.workers + ";"
	}
	return fmt.Sprintf(`%s pid %[2]s/nginx.pid; worker_processes 1; events {} http { access_log off;
  client_body_temp_path %[2]s/a; proxy_temp_path %[2]s/b; fastcgi_temp_path %[2]s/c; uwsgi_temp_path %[2]s/d; scgi_temp_path %[2]s/e;
  server { listen %s ssl; ssl_certificate %s; ssl_certificate_key %s; } }
`, workers, j.run(), j.address, j.config("cert.pem"), j.config("key.pem"))
}

// paste replaces the certificate and the key of the job, as an operator does by hand.
func (j webJob) paste(pair *scenario.Pair) {
	GinkgoHelper()
	Expect(os.WriteFile(j.config("cert.pem"), []byte(pair.CertPEM()), 0o640)).To(Succeed())
	Expect(os.WriteFile(j.config("key.pem"), []byte(pair.KeyPEM()), 0o640)).To(Succeed())
}

// certificate issues a certificate for the job, some days ago.
func (j webJob) certificate(days int) *scenario.Pair {
	return scenario.Issue(scenario.Spec{CommonName: j.name + ".service.cf.internal", NotBefore: time.Now().AddDate(0, 0, -days)})
}

// shown returns the report about the certificate that the job serves.
func (j webJob) shown() (s agentreport.ServedCertificate) {
	var r agentreport.Report
	if json.Unmarshal([]byte(report()), &r) != nil || r.Served == nil {
		return s
	}
	for _, s := range r.Served.Shown {
		if s.Address == j.address {
			return s
		}
	}
	return s
}

func dialer() *net.Dialer { return &net.Dialer{Timeout: 5 * time.Second} }

// serial is the serial number of the certificate of a server.
func serial(state tls.ConnectionState) string {
	return state.PeerCertificates[0].SerialNumber.Text(16)
}
