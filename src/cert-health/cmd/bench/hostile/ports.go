package hostile

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"cert-health/internal/scenario"
)

// stallingPorts are n ports of the attacker's job, which accept connections and send nothing.
// The honest job's process serves an older certificate than its file has.
func stallingPorts(n int) func(context.Context, *vm) (string, error) {
	return func(ctx context.Context, v *vm) (string, error) {
		monit := func(job string) string {
			return fmt.Sprintf("check process %[1]s\n  with pidfile /var/vcap/sys/run/%[1]s/%[1]s.pid\n", job)
		}
		processes := make([]scenario.Process, 0, n+1)
		for range n {
			listener, err := listen(ctx)
			if err != nil {
				return "", err
			}
			go accept(listener, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
			processes = append(processes, scenario.Process{Job: "attacker", PID: os.Getpid(), Port: listener.Addr().(*net.TCPAddr).Port})
		}
		served, contents, err := startOutdated(ctx, v.self)
		if err != nil {
			return "", err
		}
		v.Jobs["attacker"] = scenario.Files{"monit": monit("attacker")}
		v.Jobs["honest"] = scenario.Files{"monit": monit("honest"), "config/server.pem": contents}
		v.noted = `"not_loaded"`
		return "served: {interval: 1s}\n", scenario.WriteProcesses(v.root, append(processes, served)...)
	}
}

// startOutdated starts the process of the honest job, and returns what its file has.
func startOutdated(ctx context.Context, self string) (scenario.Process, string, error) {
	command := exec.CommandContext(ctx, self, "-work", "outdated:")
	out, err := command.StdoutPipe()
	if err != nil {
		return scenario.Process{}, "", err
	}
	if err := command.Start(); err != nil {
		return scenario.Process{}, "", err
	}
	go func() { <-ctx.Done(); _ = command.Wait() }()
	process := scenario.Process{Job: "honest", PID: command.Process.Pid}
	lines := bufio.NewReader(out)
	if _, err := fmt.Fscanln(lines, &process.Port); err != nil {
		return process, "", fmt.Errorf("start a server: %w", err)
	}
	var contents strings.Builder
	for strings.Count(contents.String(), "-----END") < 2 {
		line, err := lines.ReadString('\n')
		if err != nil {
			return process, "", err
		}
		contents.WriteString(line)
	}
	return process, contents.String(), nil
}

// Outdated serves a certificate, and prints its port, the certificate that replaces it, and the CA of both.
func Outdated(ctx context.Context, out io.Writer) error {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	spec := scenario.Spec{CommonName: "honest.internal", Issuer: ca, NotBefore: time.Now().AddDate(0, -1, 0)}
	old := scenario.Issue(spec)
	spec.NotBefore = time.Time{}
	pair, err := tls.X509KeyPair([]byte(old.CertPEM()), []byte(old.KeyPEM()))
	if err != nil {
		return err
	}
	listener, err := listen(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d\n%s%s", listener.Addr().(*net.TCPAddr).Port, scenario.Issue(spec).CertPEM(), ca.CertPEM())
	accept(tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{pair}}), func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	return nil
}
