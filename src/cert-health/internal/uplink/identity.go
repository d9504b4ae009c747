package uplink

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
)

// identity is a client certificate with its private key.
type identity struct {
	pair tls.Certificate
	leaf *x509.Certificate
	nats bool // it is that of bosh-agent
}

// identify sets the identities, the preferred one first.
func (c *channel) identify(o *Options, m material) error {
	var own *identity
	if len(m.certificate) > 0 {
		pair, err := tls.X509KeyPair(m.certificate, m.key)
		if err != nil {
			return fmt.Errorf("cert_health.hub.certificate and private_key cannot be used: %w", err)
		}
		own = &identity{pair: pair, leaf: pair.Leaf}
	}
	if o.Identity == ByNATS {
		agent, err := chooseNATS(m, o.Now())
		if err != nil && own == nil {
			return fmt.Errorf("%w; without cert_health.hub.certificate there is no other client certificate", err)
		}
		if err != nil {
			c.spare = "the certificate in cert_health.hub.certificate is used, because " + err.Error()
		} else {
			c.identities = append(c.identities, *agent)
		}
	}
	if own != nil {
		c.identities = append(c.identities, *own)
	}
	if len(c.identities) == 0 {
		return errors.New("cert_health.hub.certificate is missing")
	}
	return nil
}

// choose returns the first identity of a CA that the hub accepts. If there is none, it is the last one:
// the hub's refusal says more than that of this machine would.
func (c *channel) choose(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	for i := range c.identities {
		if request.SupportsCertificate(&c.identities[i].pair) == nil {
			c.refused.Store(i > 0)
			return &c.identities[i].pair, nil
		}
	}
	c.refused.Store(len(c.identities) > 1)
	return &c.identities[len(c.identities)-1].pair, nil
}

// used is the identity that the hub gets.
func (c *channel) used() *identity {
	if c.refused.Load() {
		return &c.identities[len(c.identities)-1]
	}
	return &c.identities[0]
}

func (c *channel) note() string {
	if c.refused.Load() {
		return "the certificate in cert_health.hub.certificate is used, because the hub does not accept that of bosh-agent: set the hub's agents.nats_ca to the CA of the Director's NATS"
	}
	return c.spare
}

// outdated tells that bosh-agent's certificate has expired since the channel was made.
func (c *channel) outdated(now time.Time) bool {
	return c.identities[0].nats && now.After(c.identities[0].leaf.NotAfter) && c.spare == ""
}

const (
	agentSuffix     = ".agent.bosh-internal"
	bootstrapSuffix = ".bootstrap.agent.bosh-internal"
)

// chooseNATS returns the newest certificate of bosh-agent that can be used. The Director's update
// supersedes the settings with which the VM was made, and only one of the two is in force.
func chooseNATS(m material, now time.Time) (*identity, error) {
	if m.agentErr != nil {
		return nil, m.agentErr
	}
	var newest *identity
	for _, found := range m.agent {
		pair, err := tls.X509KeyPair([]byte(found.Certificate), []byte(found.Key))
		if err != nil || newest != nil && !pair.Leaf.NotBefore.After(newest.leaf.NotBefore) {
			continue
		}
		newest = &identity{pair: pair, leaf: pair.Leaf, nats: true}
	}
	switch {
	case newest == nil:
		return nil, errors.New("bosh-agent has no certificate for NATS in " + natsFiles[0] + ": the Director may use none")
	case strings.HasSuffix(newest.leaf.Subject.CommonName, bootstrapSuffix):
		return nil, errors.New("bosh-agent has its first certificate only, which the hub does not accept: it gets another one in a moment")
	case !strings.HasSuffix(newest.leaf.Subject.CommonName, agentSuffix):
		return nil, errors.New("bosh-agent's certificate for NATS has no agent's name: it ends in " + agentSuffix + " on a VM of BOSH")
	case now.After(newest.leaf.NotAfter):
		return nil, fmt.Errorf("bosh-agent's certificate for NATS expired at %s: recreate the VM (`bosh recreate`), which gives it another one", stamp(newest.leaf.NotAfter))
	case now.Before(newest.leaf.NotBefore):
		return nil, fmt.Errorf("bosh-agent's certificate for NATS is not valid before %s: set this machine's clock if it is wrong (date -u)", stamp(newest.leaf.NotBefore))
	}
	return newest, nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
