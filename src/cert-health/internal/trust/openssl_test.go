package trust_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/knowledge"
	"cert-health/internal/scenario"
	"cert-health/internal/trust"
)

// openssl makes a handshake of s_client with s_server. It tells whether both sides accept the other one. TLS 1.2
// has the server's answer within the handshake.
func (w world) openssl(program, dir string) (accepted bool, said string) {
	at := fmt.Sprint(now.Unix())
	bundle := func(name string, pairs []*scenario.Pair) string {
		var text string
		for _, own := range pairs {
			text += own.CertPEM()
		}
		return file(dir, name, text)
	}
	common := []string{"-tls1_2", "-attime", at, "-verify_return_error", "-no-CApath", "-no-CAstore"}
	server := append([]string{"s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-Verify", "8", "-CAfile", bundle("server-ca", w.serverTrusts)}, own(dir, "server", w.server)...)
	client := []string{"s_client", "-CAfile", bundle("client-ca", w.clientTrusts), "-verify", "8", "-verify_hostname", "server.internal"}
	if w.client != nil {
		client = append(client, own(dir, "client", w.client)...)
	}
	listening := exec.Command(program, append(server, common...)...)
	out, err := listening.StdoutPipe()
	Expect(err).NotTo(HaveOccurred())
	in, err := listening.StdinPipe() // at its end the program stops
	Expect(err).NotTo(HaveOccurred())
	defer in.Close()
	var complaint bytes.Buffer
	listening.Stderr = &complaint
	Expect(listening.Start()).To(Succeed())
	stop := time.AfterFunc(time.Minute, func() { _ = listening.Process.Kill() })
	defer stop.Stop()
	lines := bufio.NewScanner(out)
	var port string
	for port == "" && lines.Scan() {
		if text, found := strings.CutPrefix(lines.Text(), "ACCEPT "); found {
			port = text
		}
	}
	Expect(port).NotTo(BeEmpty(), "%s", &complaint)
	calling := exec.Command(program, append(append(client, common...), "-connect", port)...)
	calling.Stdin = strings.NewReader("Q\n")
	result, err := calling.CombinedOutput()
	_ = listening.Process.Kill() // it is only done after a handshake that worked
	_ = listening.Wait()
	result = append(result, complaint.Bytes()...)
	return err == nil, string(bytes.TrimSpace(result))
}

func file(dir, name, contents string) string {
	path := filepath.Join(dir, name+".pem")
	if err := os.WriteFile(path, []byte(contents), 0o600); err != nil {
		panic(err)
	}
	return path
}

// own are the flags of a certificate, its key and the CAs that are sent with it.
func own(dir, name string, chain []*scenario.Pair) []string {
	flags := []string{"-cert", file(dir, name, chain[0].CertPEM()), "-key", file(dir, name+"-key", chain[0].KeyPEM())}
	var text string
	for _, ca := range chain[1:] {
		text += ca.CertPEM()
	}
	if text != "" {
		flags = append(flags, "-cert_chain", file(dir, name+"-chain", text))
	}
	return flags
}

var _ = Describe("real handshakes of OpenSSL", func() {
	It("agree with every cell of the matrix", func() {
		program, err := exec.LookPath("openssl")
		if err != nil {
			Skip("openssl is not installed")
		}
		dir := GinkgoT().TempDir()
		tries := 0
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			if tries++; tries > 60 { // each is two processes
				return
			}
			w := draw(t)
			accepted, said := w.openssl(program, dir)
			for _, stack := range []knowledge.Stack{knowledge.OpenSSL, ""} {
				v := w.verdict(stack, stack)
				if v.Status != trust.Unknown && (v.Status == trust.Trusted) != accepted {
					t.Fatalf("%q: %s (%s), but OpenSSL accepts: %v\n%s", stack, v.Status, v.Why, accepted, said)
				}
			}
		})
		w := good()
		accepted, said := w.openssl(program, dir)
		Expect(accepted).To(BeTrue(), said)
		Expect(w.verdict(knowledge.OpenSSL, knowledge.OpenSSL).Status).To(Equal(trust.Trusted))
	})
})
