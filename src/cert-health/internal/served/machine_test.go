package served_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/served"
)

// The users of these specs are numbers that no user of this machine has: what the kernel
// permits depends on the numbers only.
const (
	vcap    = 64901
	another = 64902
)

// Capabilities of linux/capability.h.
const (
	capDACReadSearch  = 2
	capNetBindService = 10
	capSysPtrace      = 19
)

// The kernel decides what may be seen of a process: these specs ask it.
var _ = Describe("an agent that runs as vcap", func() {
	var program string

	BeforeEach(func() {
		if os.Geteuid() != 0 {
			Skip("only root can start processes of other users")
		}
		program = copyOfSelf("served.test")
	})

	// as returns a command that runs this program in another role, as another user.
	as := func(role string, user uint32, capabilities ...uintptr) *exec.Cmd {
		command := exec.Command(program)
		command.Env = []string{roleVariable + "=" + role}
		command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, AmbientCaps: capabilities}
		if user != 0 {
			command.SysProcAttr.Credential = &syscall.Credential{Uid: user, Gid: user}
		}
		command.Stderr = GinkgoWriter
		return command
	}
	// start starts a process that listens.
	start := func(command *exec.Cmd) netip.AddrPort {
		GinkgoHelper()
		input, err := command.StdinPipe()
		Expect(err).NotTo(HaveOccurred())
		output, err := command.StdoutPipe()
		Expect(err).NotTo(HaveOccurred())
		Expect(command.Start()).To(Succeed())
		DeferCleanup(func() {
			_ = input.Close()
			_ = command.Wait()
		})
		line, err := bufio.NewReader(output).ReadString('\n')
		Expect(err).NotTo(HaveOccurred())
		return netip.MustParseAddrPort(strings.TrimSpace(line))
	}
	// owners are the processes that an agent with some capabilities finds, by address.
	owners := func(capabilities ...uintptr) map[netip.AddrPort]served.Process {
		GinkgoHelper()
		output, err := as("find", vcap, capabilities...).Output()
		Expect(err).NotTo(HaveOccurred())
		var listeners []served.Listener
		Expect(json.NewDecoder(bytes.NewReader(output)).Decode(&listeners)).To(Succeed())
		found := map[netip.AddrPort]served.Process{}
		for _, listener := range listeners {
			found[listener.Address] = listener.Owner
		}
		return found
	}

	It("finds the owner of a socket among its own user's processes without more capabilities", func() {
		own, root, other := start(as("listen", vcap)), start(as("listen", 0)), start(as("listen", another))
		low := start(as("listen", vcap, capNetBindService))
		seen := func(capabilities ...uintptr) []bool {
			found := owners(capabilities...)
			Expect(found).To(And(HaveKey(own), HaveKey(root), HaveKey(other), HaveKey(low)), "anyone may list sockets")
			return []bool{found[own].PID > 0, found[low].PID > 0, found[root].PID > 0, found[other].PID > 0}
		}
		Expect(seen()).To(Equal([]bool{true, false, false, false}))
		Expect(seen(capDACReadSearch)).To(Equal([]bool{true, false, false, false}))
		Expect(seen(capDACReadSearch, capNetBindService)).To(Equal([]bool{true, true, false, false}))
		Expect(seen(capDACReadSearch, capSysPtrace)).To(Equal([]bool{true, true, true, true}))
	})

	It("finds the owner of a socket by the cgroup for every process in bpm", func() {
		group := cgroup(fmt.Sprintf("bpm-cert-health-spec-%d.2eworker", os.Getpid()))
		command := as("listen", 0)
		command.SysProcAttr.UseCgroupFD, command.SysProcAttr.CgroupFD = true, int(group.Fd())
		address := start(command)
		Expect(owners(capDACReadSearch)[address]).To(And(
			HaveField("PID", command.Process.Pid), HaveField("Job", fmt.Sprintf("cert-health-spec-%d", os.Getpid()))))
	})
})

// copyOfSelf is a copy of this program that every user may start: TestMain gives it roles.
func copyOfSelf(name string) string {
	GinkgoHelper()
	program := filepath.Join(open(), name)
	Expect(os.WriteFile(program, must(os.ReadFile(must(os.Executable()))), 0o755)).To(Succeed())
	return program
}

// open is a directory that every user may enter.
func open() string {
	GinkgoHelper()
	dir, err := os.MkdirTemp("", "served")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(os.RemoveAll, dir)
	Expect(os.Chmod(dir, 0o755)).To(Succeed())
	return dir
}

// cgroup makes one of version 2.
func cgroup(name string) *os.File {
	GinkgoHelper()
	for _, mount := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		if _, err := os.Stat(filepath.Join(mount, "cgroup.procs")); err != nil {
			continue
		}
		path := filepath.Join(mount, name)
		if err := os.Mkdir(path, 0o755); err != nil {
			Skip("no cgroup can be made here: " + err.Error())
		}
		group, err := os.Open(path)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() {
			_ = group.Close()
			Eventually(func() error { return os.Remove(path) }).Should(Succeed())
		})
		return group
	}
	Skip("cgroups of version 2 are not mounted here")
	return nil
}
