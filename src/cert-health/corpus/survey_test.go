package corpus_test

import (
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/survey"
)

// decoys are certificates of jobs that take no part: a healthy one and its CA beside each side, and an expired one.
var decoys = sync.OnceValue(func() map[string]*scenario.Pair {
	ca := scenario.Issue(scenario.Spec{CommonName: "platform_ca", CA: true})
	old := scenario.Spec{CommonName: "attic.service.internal", Issuer: ca, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(0, 0, -2)}
	return map[string]*scenario.Pair{
		"ca": ca, "attic": scenario.Issue(old),
		"monitor":  scenario.Issue(scenario.Spec{CommonName: "monitor.service.internal", Issuer: ca}),
		"reporter": scenario.Issue(scenario.Spec{CommonName: "reporter.service.internal", Issuer: ca}),
	}
})

// platform builds a survey of three VMs.
type platform struct{ survey.Builder }

// surveyOf is what a hub knows of the platform when a contact is made.
func surveyOf(c *contact) *survey.Survey {
	if c.platform == nil {
		c.platform = newSurvey(c)
	}
	return c.platform
}

func newSurvey(c *contact) *survey.Survey {
	b, m := &platform{}, c.material
	back := b.instance("ledger", serverAddress, "monitor")
	back.Places = append(back.Places, b.place("ledger", "tls.crt", m.server, cert.Leaf), b.place("ledger", "ca.crt", m.clientCA, cert.Trust))
	back.Shown = []survey.Shown{{Job: "ledger", Process: "ledger", Address: c.address(), ServerName: serverName, Certificate: b.known(m.server), Loaded: true}}
	front := b.instance("teller", clientAddress, "reporter")
	if m.client != nil {
		front.Places = append(front.Places, b.place("teller", "tls.crt", m.client, cert.Leaf))
	}
	front.Places = append(front.Places, b.place("teller", "ca.crt", m.serverCA, cert.Trust))
	for _, i := range []survey.Instance{back, front, b.instance("attic", "10.0.9.9", "attic")} {
		b.Instance(i)
	}
	for _, ca := range []*scenario.Pair{m.serverCA, m.clientCA, m.foreign} {
		if ca != nil {
			b.known(ca)
		}
	}
	return b.Build(time.Now())
}

// instance is a VM with a job that takes no part.
func (b *platform) instance(group, address, job string) survey.Instance {
	return survey.Instance{
		Deployment: "bank", Group: group, ID: "0f1e-" + group, Name: group + "/0", Address: address, Standing: survey.Reporting, At: time.Now(),
		Places: []survey.Place{b.place(job, "tls.crt", decoys()[job], cert.Leaf), b.place(job, "ca.crt", decoys()["ca"], cert.Trust)},
	}
}

func (b *platform) place(job, file string, p *scenario.Pair, role cert.Role) survey.Place {
	return survey.Place{Job: job, File: fmt.Sprintf("/var/vcap/jobs/%s/config/certs/%s", job, file), Line: 1, Form: cert.PEM, Role: role, Certificate: b.known(p)}
}

func usages() map[x509.ExtKeyUsage]string {
	return map[x509.ExtKeyUsage]string{x509.ExtKeyUsageServerAuth: "serverAuth", x509.ExtKeyUsageClientAuth: "clientAuth"}
}

// known is a certificate as reports have it.
func (b *platform) known(p *scenario.Pair) *survey.Certificate {
	x := p.X509
	own := survey.Certificate{
		Fingerprint: p.Fingerprint().String(), Name: x.Subject.CommonName, Subject: x.Subject.String(), Issuer: x.Issuer.String(), Serial: x.SerialNumber.String(),
		SANs: x.DNSNames, NotBefore: x.NotBefore, NotAfter: x.NotAfter, CA: x.IsCA, KeyID: hex.EncodeToString(x.SubjectKeyId), AuthorityID: hex.EncodeToString(x.AuthorityKeyId),
	}
	for _, ip := range x.IPAddresses {
		own.SANs = append(own.SANs, ip.String())
	}
	for usage, name := range usages() {
		for _, had := range x.ExtKeyUsage {
			if had == usage {
				own.Usages = append(own.Usages, name)
			}
		}
	}
	return b.Certificate(own)
}
