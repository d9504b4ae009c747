package tls_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/tls"
	"cert-health/internal/scenario"
)

// daemon is a real server.
type daemon struct {
	name, program, debian string
	root                  bool // it must be started by root, and gives that up itself
	prepare               func(d *place)
	arguments             func(d *place) []string
}

// place is the directory and the port of a daemon.
type place struct {
	dir, program, port string
	daemon             daemon
}

var daemons = []daemon{
	{name: "https", program: "/usr/sbin/nginx", debian: "nginx-light",
		prepare: func(p *place) {
			p.write("nginx.conf", `daemon off; pid `+p.path("pid")+`; error_log stderr info; events {} http { access_log off;
				client_body_temp_path `+p.path("a")+`; proxy_temp_path `+p.path("b")+`; fastcgi_temp_path `+p.path("c")+`;
				uwsgi_temp_path `+p.path("d")+`; scgi_temp_path `+p.path("e")+`;
				server { listen 127.0.0.1:`+p.port+` ssl; ssl_certificate `+p.path("chain.pem")+`; ssl_certificate_key `+p.path("key.pem")+`;
				ssl_client_certificate `+p.path("chain.pem")+`; ssl_verify_client on; } }`)
		},
		arguments: func(p *place) []string { return []string{"-e", "stderr", "-p", p.dir, "-c", p.path("nginx.conf")} }},
	{name: "postgres", program: newest("/usr/lib/postgresql/*/bin/postgres"), debian: "postgresql",
		prepare: func(p *place) {
			p.run(filepath.Join(filepath.Dir(p.program), "initdb"), "-D", p.path("data"), "-A", "trust", "-U", "x", "--no-sync", "--no-locale")
		},
		arguments: func(p *place) []string {
			return []string{"-D", p.path("data"), "-c", "fsync=off", "-c", "ssl=on", "-c", "ssl_cert_file=" + p.path("chain.pem"),
				"-c", "ssl_key_file=" + p.path("key.pem"), "-c", "listen_addresses=127.0.0.1", "-p", p.port, "-k", p.dir}
		}},
	{name: "smtp", program: "/usr/sbin/smtpd", debian: "opensmtpd", root: true,
		prepare: func(p *place) {
			p.write("smtpd.conf", fmt.Sprintf("pki x cert %q\npki x key %q\nlisten on 127.0.0.1 port %s tls pki x\naction a relay\nmatch from local for any reject\n",
				p.path("chain.pem"), p.path("key.pem"), p.port))
		},
		arguments: func(p *place) []string { return []string{"-d", "-f", p.path("smtpd.conf")} }},
	{name: "mysql", program: "/usr/sbin/mariadbd", debian: "mariadb-server-core",
		prepare: func(p *place) { Expect(os.Mkdir(p.path("data"), 0o777)).To(Succeed()); p.give() },
		arguments: func(p *place) []string {
			return []string{"--no-defaults", "--datadir=" + p.path("data"), "--bind-address=127.0.0.1", "--port=" + p.port, "--socket=" + p.path("socket"),
				"--ssl-cert=" + p.path("chain.pem"), "--ssl-key=" + p.path("key.pem"), "--default-storage-engine=Aria", "--skip-innodb", "--skip-grant-tables"}
		}},
	{name: "nats", program: "/usr/sbin/nats-server", debian: "nats-server", prepare: func(*place) {},
		arguments: func(p *place) []string {
			return []string{"-a", "127.0.0.1", "-p", p.port, "--tls", "--tlscert", p.path("chain.pem"), "--tlskey", p.path("key.pem")}
		}},
}

// newest is the last program that the glob finds, or the glob itself.
func newest(glob string) string {
	found, _ := filepath.Glob(glob)
	return append([]string{glob}, found...)[len(found)]
}

// unprivileged is a user with a name, which initdb needs.
const unprivileged = 65534

func (p *place) path(name string) string { return filepath.Join(p.dir, name) }

func (p *place) write(name, contents string) {
	GinkgoHelper()
	Expect(os.WriteFile(p.path(name), []byte(contents), 0o600)).To(Succeed())
	p.give()
}

// give makes the daemon's user the owner of the directory.
func (p *place) give() {
	GinkgoHelper()
	if os.Geteuid() != 0 || p.daemon.root {
		return
	}
	Expect(filepath.WalkDir(p.dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, unprivileged, unprivileged)
	})).To(Succeed())
}

func (p *place) command(program string, arguments ...string) *exec.Cmd {
	command := exec.Command(program, arguments...)
	command.Dir, command.Env = p.dir, []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() == 0 && !p.daemon.root {
		command.SysProcAttr.Credential = &syscall.Credential{Uid: unprivileged, Gid: unprivileged}
	}
	command.Stdout, command.Stderr = GinkgoWriter, GinkgoWriter
	return command
}

func (p *place) run(program string, arguments ...string) {
	GinkgoHelper()
	Expect(p.command(program, arguments...).Run()).To(Succeed())
}

// start starts the daemon with a chain and its key.
func start(d daemon, chain, key string) *place {
	GinkgoHelper()
	program, err := exec.LookPath(d.program)
	if err != nil {
		Skip(d.program + " is missing: apt-get install " + d.debian)
	}
	if d.root && os.Geteuid() != 0 {
		Skip(d.program + " can be started by root only")
	}
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	Expect(listener.Close()).To(Succeed())
	p := &place{dir: must(os.MkdirTemp("", "tls")), program: program, port: port, daemon: d}
	DeferCleanup(os.RemoveAll, p.dir)
	Expect(os.Chmod(p.dir, 0o755)).To(Succeed())
	p.write("chain.pem", chain)
	p.write("key.pem", key)
	d.prepare(p)
	command := p.command(program, d.arguments(p)...)
	Expect(command.Start()).To(Succeed())
	DeferCleanup(func() {
		_ = syscall.Kill(command.Process.Pid, syscall.SIGTERM)
		_ = command.Wait()
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	})
	Eventually(func() error {
		connection, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = connection.Close()
		}
		return err
	}).WithTimeout(time.Minute).Should(Succeed())
	return p
}

var _ = Describe("a real server", func() {
	for _, d := range daemons {
		It("shows its chain: "+d.name, func(ctx SpecContext) {
			ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Key: scenario.RSA})
			leaf := scenario.Issue(scenario.Spec{CommonName: "server", Issuer: ca, Key: scenario.RSA, SANs: []string{"127.0.0.1"}})
			p := start(d, leaf.CertPEM()+ca.CertPEM(), leaf.KeyPEM())
			item := only(ctx, options(tls.Host{Host: d.name + "://127.0.0.1:" + p.port, CACert: ca.CertPEM()}))
			Expect(item.Findings).To(BeEmpty())
			Expect(item.Sightings).NotTo(BeEmpty())
			Expect(item.Sightings[0].Certificate).To(Equal(inventory.IDOf(leaf.Fingerprint())))
		})
	}
})
