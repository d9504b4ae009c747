package uplink

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"cert-health/internal/atomicfile"
)

const (
	// maxFile is the size of the largest file of certificates that is read, in bytes.
	maxFile = 4 << 20
	// maxHeader is the size of the header of an answer, in bytes.
	maxHeader = 16 << 10
	// connectTime is how long a connection and a handshake may take, each.
	connectTime = 10 * time.Second
	// idleTime is how long a connection stays open without a request: a hub with 10,000 open
	// connections needs half a gigabyte. The session of TLS is resumed.
	idleTime = 10 * time.Second
)

// channel is a transport with the certificates of one time.
type channel struct {
	client     *http.Client
	contents   [sha256.Size]byte // of the files that it is made of
	identities []identity        // the first that can be used is used
	spare      string            // why it may be another one than configured; see Client.Note
	refused    atomic.Bool       // the hub does not accept the first identity
}

// prepare returns the channel for the files as they are now, and the number of the first hub. If the
// files cannot be used, the channel of before is kept: they may be replaced at this moment.
func (c *Client) prepare() (*channel, int, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	m, err := c.options.read()
	if err == nil && c.channel != nil && c.channel.contents == m.contents && !c.channel.outdated(c.options.Now()) {
		c.trouble = ""
		return c.channel, c.current, nil
	}
	var opened *channel
	if err == nil {
		opened, err = c.options.open(m)
	}
	if err != nil {
		if c.channel == nil {
			return nil, 0, &Fault{sentence: err.Error()}
		}
		c.trouble = "the certificates of before are still used: " + err.Error()
		return c.channel, c.current, nil
	}
	if c.channel != nil {
		c.channel.close()
	}
	c.channel, c.trouble = opened, ""
	return opened, c.current, nil
}

// material is what the files hold.
type material struct {
	authorities, certificate, key []byte
	agent                         []natsPair // of bosh-agent
	agentErr                      error
	contents                      [sha256.Size]byte
}

// read reads the files.
func (o *Options) read() (m material, err error) {
	if m.authorities, err = pemOf("ca_cert", o.CACert); err != nil {
		return m, err
	}
	if m.certificate, err = pemOf("certificate", o.Cert); err != nil {
		return m, err
	}
	if m.key, err = pemOf("private_key", o.PrivateKey.Reveal()); err != nil {
		return m, err
	}
	sum := sha256.New()
	for _, part := range [][]byte{m.authorities, m.certificate, m.key} {
		fmt.Fprintf(sum, "%d ", len(part))
		sum.Write(part)
	}
	if o.Identity == ByNATS {
		m.agent, m.agentErr = readNATS(o.Root)
		fmt.Fprint(sum, m.agentErr)
		for _, pair := range m.agent {
			fmt.Fprint(sum, len(pair.Certificate), pair.Certificate, pair.Key)
		}
	}
	sum.Sum(m.contents[:0])
	return m, nil
}

// pemOf is the PEM that a setting holds, or the file has that it names. An error names no value that
// may be a private key.
func pemOf(key, setting string) ([]byte, error) {
	switch {
	case setting == "" || strings.Contains(setting, "-----BEGIN "):
		return []byte(setting), nil
	case !strings.HasPrefix(setting, "/") || strings.Contains(setting, "\n"):
		return nil, fmt.Errorf("cert_health.hub.%s holds neither PEM nor the absolute path of a file", key)
	}
	contents, err := atomicfile.ReadRegular(setting, maxFile)
	if err != nil {
		return nil, fmt.Errorf("cert_health.hub.%s cannot be read: %w", key, err)
	}
	return contents, nil
}

// open makes a channel.
func (o *Options) open(m material) (*channel, error) {
	defer clear(m.key)
	config := &tls.Config{MinVersion: tls.VersionTLS12, Time: o.Now, ClientSessionCache: tls.NewLRUClientSessionCache(2 * len(o.URL))}
	if len(m.authorities) > 0 {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(m.authorities) {
			return nil, errors.New("cert_health.hub.ca_cert contains no certificate that can be read: write the whole PEM, with its line breaks")
		}
	}
	c := &channel{contents: m.contents}
	if err := c.identify(o, m); err != nil {
		return nil, err
	}
	config.GetClientCertificate = c.choose
	c.client = &http.Client{
		Transport: &http.Transport{
			DialContext: (&net.Dialer{Timeout: connectTime}).DialContext, TLSClientConfig: config, TLSHandshakeTimeout: connectTime,
			MaxIdleConns: len(o.URL), IdleConnTimeout: idleTime, MaxResponseHeaderBytes: maxHeader, DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

func (c *channel) close() { c.client.CloseIdleConnections() }
