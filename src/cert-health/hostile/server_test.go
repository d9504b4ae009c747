package hostile_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

// serving is set for the process of a test's server.
const serving = "CERT_HEALTH_HOSTILE_SERVER"

// TestMain turns a second process of this program into a TLS server.
func TestMain(m *testing.M) {
	if os.Getenv(serving) == "" {
		os.Exit(m.Run())
	}
	pair, err := tls.LoadX509KeyPair(os.Getenv(serving)+".crt", os.Getenv(serving)+".key")
	if err == nil {
		pair.Certificate[0], err = os.ReadFile(os.Getenv(serving) + ".der")
	}
	if err == nil {
		pair.Leaf = nil
		err = serve(pair)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// serve serves a certificate, and prints its port.
func serve(pair tls.Certificate) error {
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			_, _ = io.Copy(io.Discard, connection)
		}()
	}
}

// startServer starts a process of a job that serves one certificate with the key of another.
// Its command line has these arguments too.
func startServer(job string, shown, keyOf *scenario.Pair, arguments ...string) scenario.Process {
	GinkgoHelper()
	file := GinkgoT().TempDir() + "/server"
	Expect(os.WriteFile(file+".crt", []byte(keyOf.CertPEM()), 0o600)).To(Succeed())
	Expect(os.WriteFile(file+".key", []byte(keyOf.KeyPEM()), 0o600)).To(Succeed())
	Expect(os.WriteFile(file+".der", shown.X509.Raw, 0o600)).To(Succeed())
	command := exec.Command(os.Args[0], arguments...)
	command.Env = []string{serving + "=" + file}
	command.Stderr = GinkgoWriter
	out, err := command.StdoutPipe()
	Expect(err).NotTo(HaveOccurred())
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	Expect(command.Start()).To(Succeed())
	DeferCleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	process := scenario.Process{Job: job, PID: command.Process.Pid}
	_, err = fmt.Fscanln(bufio.NewReader(out), &process.Port)
	Expect(err).NotTo(HaveOccurred())
	return process
}
