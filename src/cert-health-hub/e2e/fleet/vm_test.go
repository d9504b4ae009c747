package fleet_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

// vm is a BOSH VM: namespaces with a /var/vcap of their own and a cable to this machine.
type vm struct {
	group, id, az string
	host, address string // the two ends of the cable
	init          string // the number of its first process
}

func (v *vm) name() string { return v.group + "/" + v.id }

// path is where a file of the VM is, seen from here.
func (v *vm) path(file string) string { return filepath.Join("/proc", v.init, "root", file) }

// needCables skips the specs where the kernel cannot connect network namespaces.
func needCables() {
	if out, err := exec.Command("ip", "link", "add", "probe", "type", "veth", "peer", "name", "eborp").CombinedOutput(); err != nil {
		Skip("this kernel makes no pair of network devices: " + string(out))
	}
	run("ip", "link", "delete", "probe")
}

// boot starts the nth VM.
func boot(n int, group, id, az string) *vm {
	GinkgoHelper()
	v := &vm{group: group, id: id, az: az, host: fmt.Sprintf("10.99.%d.1", n), address: fmt.Sprintf("10.99.%d.2", n)}
	command := exec.Command("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private",
		"bash", "-c", "mount -t tmpfs tmpfs /var && ip link set lo up && touch /var/up && sleep infinity & wait")
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	Expect(command.Start()).To(Succeed())
	DeferCleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	children := fmt.Sprintf("/proc/%d/task/%[1]d/children", command.Process.Pid)
	Eventually(func() string {
		list, _ := os.ReadFile(children)
		v.init = strings.TrimSpace(string(list))
		_, err := os.Stat(v.path("/var/up"))
		return fmt.Sprint(v.init, err)
	}, soon).Should(HaveSuffix("<nil>"))
	cable := fmt.Sprintf("vm%d", n)
	run("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", v.init)
	run("ip", "address", "add", v.host+"/30", "dev", cable)
	run("ip", "link", "set", cable, "up")
	v.run("ip", "address", "add", v.address+"/30", "dev", "eth0")
	v.run("ip", "link", "set", "eth0", "up")
	for _, dir := range []string{"jobs", "packages/cert-health/bin", "data/jobs", "sys/run", "sys/log", "instance", "monit"} {
		Expect(os.MkdirAll(v.path("/var/vcap/"+dir), 0o755)).To(Succeed())
	}
	return v
}

// in is a command within the VM.
func (v *vm) in(args ...string) *exec.Cmd {
	return exec.Command("nsenter", append([]string{"-t", v.init, "-m", "-n", "-p"}, args...)...)
}

func (v *vm) run(args ...string) string {
	GinkgoHelper()
	out, err := v.in(args...).CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), "%s: %v: %s", v.name(), args, out)
	return string(out)
}

// deploy installs a job with one certificate, as bosh deploy does.
func (v *vm) deploy(pair *scenario.Pair) {
	GinkgoHelper()
	tree := scenario.VM{Deployment: "cf", Group: v.group, ID: v.id, AZ: v.az, Jobs: map[string]scenario.Files{
		"rep": {"config/certs/server.crt": pair.CertPEM(), "config/certs/server.key": pair.KeyPEM()},
	}}
	Expect(tree.Write(v.path("/"))).To(Succeed())
	run("chgrp", "-R", vcap, v.path("/var/vcap/data/jobs"))
}

func (v *vm) log() string {
	text, _ := os.ReadFile(v.path("/var/vcap/sys/log/cert-health/cert-health.log"))
	return string(text)
}

// status is what cert-health status prints on the VM.
func (v *vm) status() string {
	out, _ := v.in("/var/vcap/jobs/cert-health/bin/cert-health", "status").CombinedOutput()
	return string(out)
}

// vcap is the number of the user and the group of that name.
const vcap = "1000"

// addUser adds vcap to this machine's users, for these namespaces and those below them.
func addUser() {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	for file, line := range map[string]string{"passwd": "vcap:x:1000:1000::/home/vcap:/bin/bash\n", "group": "vcap:x:1000:\n"} {
		contents := must(os.ReadFile("/etc/" + file))
		copied := filepath.Join(dir, file)
		Expect(os.WriteFile(copied, append([]byte(line), contents...), 0o644)).To(Succeed())
		Expect(syscall.Mount(copied, "/etc/"+file, "", syscall.MS_BIND, "")).To(Succeed())
		DeferCleanup(func() { _ = syscall.Unmount("/etc/"+file, syscall.MNT_DETACH) })
	}
}
