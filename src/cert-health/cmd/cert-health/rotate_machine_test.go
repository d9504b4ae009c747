//go:build !vm

package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"os"
	"path/filepath"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// restart loads the files.
func (m *machine) restart() {
	GinkgoHelper()
	job, err := os.Readlink(filepath.Join(m.root, "var/vcap/jobs", m.name))
	Expect(err).NotTo(HaveOccurred())
	dir := filepath.Join(m.root, job, "config")
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"))
	Expect(err).NotTo(HaveOccurred())
	trusted, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	Expect(err).NotTo(HaveOccurred())
	pool := x509.NewCertPool()
	Expect(pool.AppendCertsFromPEM(trusted)).To(BeTrue())
	m.tls = &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: pool, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12}
	m.listener.use(m.tls)
}

// connect makes one connection, with a certificate on both sides, and waits for an answer: with TLS 1.3 a server refuses a client
// after its handshake.
func (m *machine) connect(to *machine) error {
	own := m.tls.Clone()
	own.ServerName = to.name
	c, err := tls.Dial("tcp", to.listener.address, own)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = io.ReadFull(c, make([]byte, 2))
	return err
}

// rotatingListener answers with the configuration that it has at the moment.
type rotatingListener struct {
	address string
	mutex   sync.Mutex
	config  *tls.Config
}

func (l *rotatingListener) use(config *tls.Config) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.config = config
}

func listen() *rotatingListener {
	GinkgoHelper()
	l := &rotatingListener{}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		l.mutex.Lock()
		defer l.mutex.Unlock()
		return l.config, nil
	}})
	Expect(err).NotTo(HaveOccurred())
	l.address = listener.Addr().String()
	DeferCleanup(listener.Close)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = c.Write([]byte("ok"))
			}()
		}
	}()
	return l
}
