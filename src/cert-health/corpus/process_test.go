package corpus_test

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// soon is the deadline for all that takes a moment on a machine that is not busy.
const soon = 2 * time.Minute

// process is a program that runs.
type process struct {
	command *exec.Cmd
	stdin   io.WriteCloser
	ended   chan struct{}
}

// start starts a program. It ends with the spec.
func start(out io.Writer, name string, arguments ...string) *process {
	GinkgoHelper()
	return startAs(nil, out, name, arguments...)
}

// environment is that of all programs.
func environment() []string {
	return []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TZ=UTC", "HOME=" + os.TempDir()}
}

// startAs starts it as a user.
func startAs(user *syscall.Credential, out io.Writer, name string, arguments ...string) *process {
	GinkgoHelper()
	p := &process{command: exec.Command(name, arguments...), ended: make(chan struct{})}
	p.command.Env = environment()
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Credential: user}
	p.command.Stdout, p.command.Stderr = out, out
	p.command.WaitDelay = time.Second
	var err error
	p.stdin, err = p.command.StdinPipe()
	Expect(err).NotTo(HaveOccurred())
	Expect(p.command.Start()).To(Succeed())
	go func() {
		defer close(p.ended)
		_ = p.command.Wait()
	}()
	DeferCleanup(func() {
		_ = syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL)
		<-p.ended
	})
	return p
}

// wait waits for the end of the program.
func (p *process) wait() {
	GinkgoHelper()
	Eventually(p.ended, soon).Should(BeClosed(), "%v", p.command.Args)
}

// end sends a signal and waits.
func (p *process) end(signal syscall.Signal) {
	GinkgoHelper()
	_ = p.command.Process.Signal(signal)
	p.wait()
}

// run runs a program with text as its input until it ends. Its exit code does not matter.
func run(out io.Writer, text, name string, arguments ...string) {
	GinkgoHelper()
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	command := exec.CommandContext(ctx, name, arguments...)
	command.Env, command.Stdin, command.Stdout, command.Stderr = environment(), strings.NewReader(text), out, out
	command.WaitDelay = time.Second
	_ = command.Run()
	Expect(ctx.Err()).NotTo(HaveOccurred(), "%v", arguments)
}

// path is the path of a program. Without it the spec is skipped.
func path(name, debian string) string {
	GinkgoHelper()
	if !strings.Contains(name, "/") {
		_ = os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	}
	found, err := exec.LookPath(name)
	if err != nil {
		Skip(name + " is missing: apt-get install " + debian)
	}
	return found
}

// unprivileged is a user with a name, for servers that root may not run.
func unprivileged() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	return &syscall.Credential{Uid: 65534, Gid: 65534}
}
