package served_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/served"
)

// unparsed is the certificate as a server takes it that does not read it.
func unparsed(pair *scenario.Pair, chain ...*scenario.Pair) tls.Certificate {
	block, _ := pem.Decode([]byte(pair.KeyPEM()))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	certificate := tls.Certificate{Certificate: [][]byte{pair.X509.Raw}, PrivateKey: key}
	for _, link := range chain {
		certificate.Certificate = append(certificate.Certificate, link.X509.Raw)
	}
	return certificate
}

// openSSL starts OpenSSL's server with a certificate.
func openSSL(pair *scenario.Pair, arguments ...string) netip.AddrPort {
	GinkgoHelper()
	program, err := exec.LookPath("openssl")
	if err != nil {
		Skip("openssl is missing: apt-get install openssl")
	}
	file := filepath.Join(GinkgoT().TempDir(), "pair.pem")
	Expect(os.WriteFile(file, []byte(pair.CertPEM()+pair.KeyPEM()), 0o600)).To(Succeed())
	command := exec.Command(program, append([]string{"s_server", "-accept", "127.0.0.1:0", "-cert", file, "-key", file}, arguments...)...)
	command.Stderr, command.SysProcAttr = GinkgoWriter, &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	input, output := must(command.StdinPipe()), must(command.StdoutPipe())
	Expect(command.Start()).To(Succeed())
	DeferCleanup(func() {
		_ = command.Process.Kill()
		_ = input.Close()
		_ = command.Wait()
	})
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if address, is := strings.CutPrefix(lines.Text(), "ACCEPT "); is {
			go func() { _, _ = io.Copy(GinkgoWriter, output) }()
			return netip.MustParseAddrPort(address)
		}
	}
	Fail("openssl did not start")
	return netip.AddrPort{}
}

func negative(tbs *scenario.Node) { tbs.At(1).Set(0x02, 0xfb) }

var _ = Describe("a server whose certificate Go refuses", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Patch: negative})
	for name, patch := range map[string]func(*scenario.Node){
		"its structure": negative,
		"its key":       func(tbs *scenario.Node) { tbs.At(6, 0, 1).Set(0x06, []byte("\x2b\x24\x03\x03\x02\x08\x01\x01\x07")...) },
	} {
		for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS12, tls.VersionTLS13} {
			It("for "+name+" is seen all the same, in "+tls.VersionName(version), func() {
				leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, Patch: patch})
				server, _ := serveTLS(&tls.Config{Certificates: []tls.Certificate{unparsed(leaf, ca)}, MinVersion: version, MaxVersion: version})
				result := probe(server.address())
				Expect(result.Protocol).To(Equal(served.TLS))
				Expect(result.Err).To(BeEmpty())
				Expect(result.Chains).To(HaveLen(1))
				Expect(result.Chains[0].Certificates).To(HaveExactElements(
					HaveField("Fingerprint", leaf.Fingerprint()), HaveField("Fingerprint", ca.Fingerprint())))
				Expect(result.Chains[0].Certificates[0].Refused).NotTo(BeEmpty())
				Expect(server.accepts.Load()).To(BeEquivalentTo(1))
			})
		}
	}

	for _, suite := range []string{"TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"} {
		It("is seen all the same if the server insists on "+suite, func() {
			leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, Patch: negative})
			result := probe(openSSL(leaf, "-tls1_3", "-ciphersuites", suite))
			Expect(result.Err).To(BeEmpty())
			Expect(result.Chains).To(HaveExactElements(HaveField("Certificates", HaveExactElements(HaveField("Fingerprint", leaf.Fingerprint())))))
		})
	}

	It("may have a chain of many records", func() {
		var chain []*scenario.Pair
		for range 40 {
			chain = append(chain, ca)
		}
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, SANs: []string{strings.Repeat("a", 1000)}, Patch: negative})
		server, _ := serveTLS(&tls.Config{Certificates: []tls.Certificate{unparsed(leaf, chain...)}})
		Expect(probe(server.address()).Chains[0].Certificates).To(HaveLen(41))
	})

	It("is seen where it is not TLS that is spoken first", func() {
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, Patch: negative})
		config := &tls.Config{Certificates: []tls.Certificate{unparsed(leaf)}}
		server := serve("tcp", "127.0.0.1:0", func(connection net.Conn) {
			_, _ = connection.Write([]byte("INFO {\"tls_required\":true}\r\n"))
			_ = tls.Server(connection, config).Handshake()
		})
		result := probe(server.address())
		Expect(result.Protocol).To(Equal(served.NATS))
		Expect(leaves(result)).To(Equal([]string{"leaf"}))
	})
})
