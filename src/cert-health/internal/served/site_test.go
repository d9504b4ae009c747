package served_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"cert-health/internal/scenario"
	"cert-health/internal/served"
)

// site is where a daemon runs.
type site struct {
	dir     string
	address netip.AddrPort
	daemon  daemon
	log     *gbytes.Buffer
}

func newSite(d daemon) *site {
	GinkgoHelper()
	if _, err := exec.LookPath(d.program); err != nil {
		Skip(d.program + " is missing: apt-get install " + d.debian)
	}
	if d.root && os.Geteuid() != 0 {
		Skip(d.program + " can be started by root only")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	defer listener.Close()
	s := &site{dir: open(), address: netip.MustParseAddrPort(listener.Addr().String()), daemon: d, log: gbytes.NewBuffer()}
	s.give()
	d.prepare(s)
	return s
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }
func (s *site) port() string            { return fmt.Sprint(s.address.Port()) }

// certify writes a new certificate and its key over the old ones.
func (s *site) certify(name string) {
	GinkgoHelper()
	pair := scenario.Issue(scenario.Spec{CommonName: name, Key: scenario.RSA})
	s.write("cert.pem", pair.CertPEM())
	s.write("key.pem", pair.KeyPEM())
}

func (s *site) write(name, contents string) {
	GinkgoHelper()
	Expect(os.WriteFile(s.path(name), []byte(contents), 0o600)).To(Succeed())
	s.give()
}

// nobody has a name, without which initdb does not run.
const nobody = 65534

// user is whom a daemon runs as that must not be root.
func (s *site) user() *syscall.Credential {
	if os.Geteuid() != 0 || s.daemon.root {
		return nil
	}
	return &syscall.Credential{Uid: nobody, Gid: nobody}
}

// give hands the folder over to that user.
func (s *site) give() {
	GinkgoHelper()
	if s.user() == nil {
		return
	}
	Expect(filepath.WalkDir(s.dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, nobody, nobody)
	})).To(Succeed())
}

func (s *site) command(program string, arguments ...string) *exec.Cmd {
	command := exec.Command(program, arguments...)
	command.Dir, command.Env = s.dir, []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: s.user(), Setpgid: true, Pdeathsig: syscall.SIGKILL}
	command.Stdout, command.Stderr = s.log, s.log
	return command
}

func (s *site) run(program string, arguments ...string) {
	GinkgoHelper()
	Expect(s.command(program, arguments...).Run()).To(Succeed(), "%s", s.log.Contents())
}

// start starts the daemon and waits until it listens. What it returns ends it.
func (s *site) start() (stop func()) {
	GinkgoHelper()
	command := s.command(s.daemon.program, s.daemon.arguments(s)...)
	Expect(command.Start()).To(Succeed())
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
