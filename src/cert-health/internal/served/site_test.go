package served_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"cert-health/internal/scenario"
	"cert-health/internal/served"
)

// site is a VM of which a daemon is the only job.
type site struct {
	root    string // of the VM; its /proc is this machine's
	address netip.AddrPort
	daemon  daemon
	ca      *scenario.Pair // signs each certificate, and is in a file of the job
	program string         // the daemon's, with its path
	log     *gbytes.Buffer
	renewed int // how often the certificate was
	pid     int // of the daemon that was started last
}

func newSite(d daemon) *site {
	GinkgoHelper()
	program, err := exec.LookPath(d.program)
	if err != nil {
		Skip(d.program + " is missing: apt-get install " + d.debian)
	}
	if d.root && os.Geteuid() != 0 {
		Skip(d.program + " can be started by root only")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	defer listener.Close()
	s := &site{root: open(), address: netip.MustParseAddrPort(listener.Addr().String()), daemon: d, program: program, log: gbytes.NewBuffer()}
	s.layOut()
	d.prepare(s)
	return s
}

// layOut makes the directories of the VM and of its job.
func (s *site) layOut() {
	GinkgoHelper()
	Expect(os.Symlink("/proc", filepath.Join(s.root, "proc"))).To(Succeed())
	for _, dir := range []string{s.path(""), s.config(""), filepath.Dir(s.pidfile())} {
		Expect(os.MkdirAll(dir, 0o755)).To(Succeed())
	}
	s.write(s.config("../monit"), "check process "+s.daemon.job+" with pidfile "+strings.TrimPrefix(s.pidfile(), s.root)+"\n")
}

func (s *site) path(name string) string {
	return filepath.Join(s.root, "var/vcap/data", s.daemon.job, name)
}

func (s *site) config(name string) string {
	return filepath.Join(s.root, "var/vcap/jobs", s.daemon.job, "config", name)
}

func (s *site) pidfile() string {
	return filepath.Join(s.root, "var/vcap/sys/run", s.daemon.job, s.daemon.job+".pid")
}

func (s *site) port() string { return fmt.Sprint(s.address.Port()) }

// renew replaces the certificate and its key. The name stays the same, and each certificate is
// a day newer than the one before.
func (s *site) renew() *scenario.Pair {
	GinkgoHelper()
	if s.renewed++; s.ca == nil {
		s.ca = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		s.write(s.config("ca.pem"), s.ca.CertPEM())
	}
	pair := scenario.Issue(scenario.Spec{CommonName: "server", Issuer: s.ca, Key: scenario.RSA, NotBefore: time.Now().AddDate(0, 0, s.renewed-30)})
	s.install(pair)
	return pair
}

func (s *site) install(pair *scenario.Pair) {
	GinkgoHelper()
	s.write(s.config("cert.pem"), pair.CertPEM())
	s.write(s.config("key.pem"), pair.KeyPEM())
}

func (s *site) write(path, contents string) {
	GinkgoHelper()
	Expect(os.WriteFile(path, []byte(contents), 0o600)).To(Succeed())
	s.give()
}

// unprivileged is a user with a name, which initdb needs.
const unprivileged = 65534

// user is the user of a daemon that must not run as root.
func (s *site) user() *syscall.Credential {
	if os.Geteuid() != 0 || s.daemon.root {
		return nil
	}
	return &syscall.Credential{Uid: unprivileged, Gid: unprivileged}
}

// give makes that user the owner of the directory.
func (s *site) give() {
	GinkgoHelper()
	if s.user() == nil {
		return
	}
	Expect(filepath.WalkDir(s.root, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, unprivileged, unprivileged)
	})).To(Succeed())
}

func (s *site) command(program string, arguments ...string) *exec.Cmd {
	command := exec.Command(program, arguments...)
	command.Dir, command.Env = s.path(""), append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}, s.daemon.environment...)
	command.SysProcAttr = &syscall.SysProcAttr{Credential: s.user(), Setpgid: true, Pdeathsig: syscall.SIGKILL}
	command.Stdout, command.Stderr = s.log, s.log
	return command
}

func (s *site) run(program string, arguments ...string) {
	GinkgoHelper()
	Expect(s.command(program, arguments...).Run()).To(Succeed(), "%s", s.log.Contents())
}

// start starts the daemon as monit does, and waits until it listens. The returned function
// ends it.
func (s *site) start() (stop func()) {
	GinkgoHelper()
	command := s.command(s.program, s.daemon.arguments(s)...)
	Expect(command.Start()).To(Succeed())
	s.pid = command.Process.Pid
	s.write(s.pidfile(), fmt.Sprintln(s.pid))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = command.Wait()
	}()
	stop = func() {
		_ = syscall.Kill(command.Process.Pid, syscall.SIGTERM)
		Eventually(ended, time.Minute).Should(BeClosed())
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	}
	DeferCleanup(stop)
	Eventually(func() bool {
		select {
		case <-ended:
			StopTrying("it ended").Attach("log", string(s.log.Contents())).Now()
		default:
		}
		sockets, _ := served.Sockets("/")
		return slices.ContainsFunc(sockets, func(socket served.Socket) bool { return socket.Address == s.address })
	}, time.Minute).Should(BeTrue(), func() string { return string(s.log.Contents()) })
	return stop
}
