package uplink

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"cert-health/internal/secret"
	"cert-health/internal/strict"
)

// Identity says which client certificate an agent shows to the hub.
type Identity string

// The identities.
const (
	ByCertificate Identity = "certificate" // the configured one, which all agents may share
	ByNATS        Identity = "nats"        // the one that bosh-agent has for the Director's NATS; each VM has its own
)

// Options of the agent's client. Without a URL there is no hub.
type Options struct {
	URL        strict.Strings `yaml:"url"`         // of one hub, or of several with the same database
	CACert     string         `yaml:"ca_cert"`     // the CAs of the hub's certificate, in PEM, or a file with them; empty: the system's CAs
	Cert       string         `yaml:"certificate"` // PEM, or a file
	PrivateKey secret.Value   `yaml:"private_key"` // PEM, or a file
	Identity   Identity       `yaml:"identity"`    // empty is ByCertificate
	Interval   time.Duration  `yaml:"interval"`    // between two heartbeats

	Root    string           `yaml:"-"` // stands for "/" in the paths of bosh-agent's settings
	Program string           `yaml:"-"` // and its version, for the hub's log
	Now     func() time.Time `yaml:"-"` // the clock; nil is time.Now
	Timeout time.Duration    `yaml:"-"` // of one request; 0 is DefaultTimeout
	// First is the number of the URL that is tried first, so that agents spread over several hubs.
	First int `yaml:"-"`
}

const (
	// DefaultTimeout is the time in which a hub must have answered a request.
	DefaultTimeout = 30 * time.Second
)

// Enabled tells whether there is a hub.
func (o *Options) Enabled() bool { return len(o.URL) > 0 }

// Problems returns all faults of the values, each with the path of its key. It quotes no value: it may
// be a secret in the wrong line.
func (o *Options) Problems() strict.Problems {
	var p strict.Problems
	if !o.Enabled() {
		return nil
	}
	for i, text := range o.URL {
		if _, err := checkURL(text); err != nil {
			p.Add("hub.url[%d] %s", i, err)
		}
	}
	if o.Identity != "" && o.Identity != ByCertificate && o.Identity != ByNATS {
		p.Add("hub.identity must be certificate or nats%s", strict.Hint(string(o.Identity), []string{string(ByCertificate), string(ByNATS)}))
	}
	switch {
	case (o.Cert == "") != o.PrivateKey.IsZero():
		p.Add("hub needs both certificate and private_key")
	case o.Cert == "" && o.Identity != ByNATS:
		p.Add("hub.certificate is missing: the hub knows agents by a client certificate")
	}
	if o.Interval < LeastInterval || o.Interval > MostInterval {
		p.Add("hub.interval must be from 10s to 10m")
	}
	return p
}

// checkURL reads the URL of a hub.
func checkURL(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	switch {
	case err != nil || base.Scheme != "https" || base.Host == "":
		return nil, errors.New("must begin with https://, as in https://certificates.example.com:8444")
	case base.Path != "" && base.Path != "/", base.RawQuery != "", base.User != nil, base.Fragment != "":
		return nil, errors.New("must have nothing but a host and a port, as in https://certificates.example.com:8444")
	}
	return &url.URL{Scheme: base.Scheme, Host: base.Host}, nil
}

func (o Options) withDefaults() (Options, []*url.URL, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	var bases []*url.URL
	for _, text := range o.URL {
		base, err := checkURL(text)
		if err != nil {
			return o, nil, fmt.Errorf("cert_health.hub.url %w", err)
		}
		bases = append(bases, base)
	}
	if len(bases) == 0 {
		return o, nil, errors.New("cert_health.hub.url is missing")
	}
	return o, bases, nil
}
