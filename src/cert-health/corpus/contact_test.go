package corpus_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"cert-health/internal/scenario"
	"cert-health/internal/survey"
)

// password protects the key stores that Java reads. It protects nothing.
const password = "changeit"

// party is one side of contacts, with its files as a job has them.
type party struct {
	root    string // of its VM
	job     string
	pair    *scenario.Pair // nil: it shows none
	trusts  *scenario.Pair
	revokes bool // it has a list of revoked certificates
}

// file is the path of one of its files: tls.crt, tls.key, both.pem, ca.crt, crl.pem, keys.p12 and trust.p12.
func (p *party) file(name string) string {
	return filepath.Join(p.root, "var/vcap/jobs", p.job, "config/certs", name)
}

// contact is one attempt of a client to reach a server.
type contact struct {
	fault          fault
	version        uint16
	material       *material
	server, client *party
	port           int
	absent         bool      // the server has not started
	host           *database // where all contacts share a server
	said           map[side]*transcript
	platform       *survey.Survey // what is known of it; made when it is asked for
}

func (c *contact) String() string { return fmt.Sprintf("%s, %s", c.fault, tls.VersionName(c.version)) }

func (c *contact) address() string { return fmt.Sprintf("%s:%d", serverAddress, c.port) }

// is tells whether the contact has one of the troubles.
func (c *contact) is(troubles ...trouble) bool {
	for _, t := range troubles {
		if c.fault.trouble == t {
			return true
		}
	}
	return false
}

// versionOf is the only version that a side speaks.
func (c *contact) versionOf(own side) uint16 {
	if c.is(noVersion) && own == client {
		return tls.VersionTLS12
	}
	return c.version
}

// short is "1.2" or "1.3".
func (c *contact) short(own side) string {
	return strings.TrimPrefix(tls.VersionName(c.versionOf(own)), "TLS ")
}

// transcript is what a side says. It may be written by several goroutines.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// contacts lay out the files of all faults, and give each contact a free port.
func contacts(only func(fault) bool) (all []*contact) {
	GinkgoHelper()
	for i, f := range faults() {
		if !only(f) {
			continue
		}
		m := materials()[f]
		dir := filepath.Join(GinkgoT().TempDir(), fmt.Sprint(i))
		s := &party{root: dir + "/ledger-vm", job: "ledger", pair: m.server, trusts: m.clientCA}
		c := &party{root: dir + "/teller-vm", job: "teller", pair: m.client, trusts: m.serverCA}
		s.layOut(m.keys[server], m.revoked[client])
		c.layOut(m.keys[client], m.revoked[server])
		for _, version := range versions() {
			if f.trouble == noVersion && version == tls.VersionTLS12 {
				continue
			}
			all = append(all, &contact{fault: f, version: version, material: m, server: s, client: c, port: freePort(),
				said: map[side]*transcript{server: {}, client: {}}})
		}
	}
	return all
}

func (p *party) layOut(key *scenario.Pair, crl string) {
	GinkgoHelper()
	Expect(os.MkdirAll(filepath.Dir(p.file("x")), 0o755)).To(Succeed())
	write := func(name, contents string) {
		Expect(os.WriteFile(p.file(name), []byte(contents), 0o600)).To(Succeed())
	}
	write("ca.crt", p.trusts.CertPEM())
	trust, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{p.trusts.X509}, password)
	Expect(err).NotTo(HaveOccurred())
	write("trust.p12", string(trust))
	if p.revokes = crl != ""; p.revokes {
		write("crl.pem", crl)
		write("ca-and-crl.pem", p.trusts.CertPEM()+crl)
	}
	if p.pair == nil {
		return
	}
	write("tls.crt", p.pair.CertPEM())
	write("tls.key", key.KeyPEM())
	write("both.pem", p.pair.CertPEM()+key.KeyPEM())
	write("keys.p12", keyStore(p.pair, key))
}

// keyStore is a key store of Java.
func keyStore(pair, key *scenario.Pair) string {
	GinkgoHelper()
	block, _ := pem.Decode([]byte(key.KeyPEM()))
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	Expect(err).NotTo(HaveOccurred())
	store, err := pkcs12.Modern.Encode(private, pair.X509, nil, password)
	Expect(err).NotTo(HaveOccurred())
	return string(store)
}

// lastPort is the port that freePort has found last. It begins below those that the kernel gives to clients.
var lastPort atomic.Int64

// freePort is a port of the server's address that is free now, another one each time.
func freePort() int {
	for {
		port := 13000 + int(lastPort.Add(1))
		listener, err := net.Listen("tcp", fmt.Sprintf("%s:%d", serverAddress, port))
		if err != nil {
			Expect(port).To(BeNumerically("<", 32000))
			continue
		}
		_ = listener.Close()
		return port
	}
}
