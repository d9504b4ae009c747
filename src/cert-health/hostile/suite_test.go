package hostile_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

// soon is the deadline for what takes a few scans.
const soon = 30 * time.Second

// The built programs.
var certHealth, certHealthAlerts string

// server is a copy of this program that every user may execute: see TestMain.
var server string

func TestHostile(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Hostile")
}

var _ = BeforeSuite(func() {
	for name, program := range map[string]*string{"cert-health": &certHealth, "cert-health-alerts": &certHealthAlerts} {
		var err error
		*program, err = gexec.Build("cert-health/cmd/" + name)
		Expect(err).NotTo(HaveOccurred())
		open(filepath.Dir(*program))
	}
	DeferCleanup(gexec.CleanupBuildArtifacts)
	contents, err := os.ReadFile(os.Args[0])
	Expect(err).NotTo(HaveOccurred())
	server = filepath.Join(filepath.Dir(certHealth), "server")
	Expect(os.WriteFile(server, contents, 0o755)).To(Succeed())
})

// open lets every user enter a directory for temporary files.
func open(dir string) {
	GinkgoHelper()
	for ; dir != filepath.Clean(os.TempDir()) && dir != "/"; dir = filepath.Dir(dir) {
		Expect(os.Chmod(dir, 0o755)).To(Succeed())
	}
}

// unprivilegedUser is the number of a user without root's rights.
const unprivilegedUser = 65534

// unprivileged are the attributes of a process that has no rights of root.
func unprivileged() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Getuid() == 0 {
		attributes.Credential = &syscall.Credential{Uid: unprivilegedUser, Gid: unprivilegedUser}
	}
	return attributes
}
