package hostile_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

// serving is set for the process of a test's server.
const serving = "CERT_HEALTH_HOSTILE_SERVER"

// stalling is its value for one that accepts connections at many ports and says nothing.
const stalling = "stalling"

// stalledPorts is the number of these ports.
const stalledPorts = 100

// TestMain turns a second process of this program into a TLS server.
func TestMain(m *testing.M) {
	if os.Getenv(serving) == "" {
		os.Exit(m.Run())
	}
	if os.Getenv(serving) == stalling {
		stall()
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

// stall listens, prints the ports, and leaves each connection open.
func stall() {
	for range stalledPorts {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(listener.Addr().(*net.TCPAddr).Port)
		go func() {
			var open []net.Conn
			for connection, err := listener.Accept(); err == nil; connection, err = listener.Accept() {
				open = append(open, connection)
			}
			_ = open
		}()
	}
	select {}
}

// startServer starts a process of a job that serves one certificate with the key of another.
// Its command line has these arguments too.
func startServer(job string, shown, keyOf *scenario.Pair, arguments ...string) scenario.Process {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	open(dir)
	file := filepath.Join(dir, "server")
	Expect(os.WriteFile(file+".crt", []byte(keyOf.CertPEM()), 0o600)).To(Succeed())
	Expect(os.WriteFile(file+".key", []byte(keyOf.KeyPEM()), 0o600)).To(Succeed())
	Expect(os.WriteFile(file+".der", shown.X509.Raw, 0o600)).To(Succeed())
	opened(filepath.Dir(file))
	return startProcess(job, file, 1, arguments...)[0]
}

// startStalling starts a process of a job with many ports.
func startStalling(job string) []scenario.Process {
	GinkgoHelper()
	return startProcess(job, stalling, stalledPorts)
}

// startProcess starts a process that prints its ports.
func startProcess(job, mode string, ports int, arguments ...string) (processes []scenario.Process) {
	GinkgoHelper()
	command := exec.Command(server, arguments...)
	command.Env = []string{serving + "=" + mode}
	command.Stderr = GinkgoWriter
	out, err := command.StdoutPipe()
	Expect(err).NotTo(HaveOccurred())
	command.SysProcAttr = unprivileged() // so that the agent may see its sockets
	Expect(command.Start()).To(Succeed())
	DeferCleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	lines := bufio.NewReader(out)
	for range ports {
		process := scenario.Process{Job: job, PID: command.Process.Pid}
		_, err = fmt.Fscanln(lines, &process.Port)
		Expect(err).NotTo(HaveOccurred())
		processes = append(processes, process)
	}
	return processes
}
