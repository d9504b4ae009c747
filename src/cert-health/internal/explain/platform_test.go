package explain_test

import (
	"fmt"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/survey"
)

var (
	ended = time.Date(2019, 7, 12, 22, 25, 49, 0, time.UTC)
	night = time.Date(2019, 7, 13, 0, 30, 0, 0, time.UTC)
)

// platform is a small Cloud Foundry: cells with rep, and one VM with bbs.
type platform struct {
	ca, rep, renewed, bbs *survey.Certificate
	survey.Builder
}

const certs = "/var/vcap/jobs/"

func newPlatform(cells int) *platform {
	p := &platform{}
	far := ended.AddDate(1, 0, 0)
	one := func(c survey.Certificate) *survey.Certificate {
		c.Issuer, c.NotBefore = "CN=diegoCA", ended.AddDate(-1, 0, 0)
		c.Name = c.Subject[len("CN="):]
		return p.Certificate(c)
	}
	p.ca = one(survey.Certificate{Fingerprint: "ca", Subject: "CN=diegoCA", CA: true, NotAfter: far})
	p.rep = one(survey.Certificate{Fingerprint: "rep1", Subject: "CN=cell.service.cf.internal", SANs: []string{"cell.service.cf.internal"}, NotAfter: ended})
	p.renewed = one(survey.Certificate{Fingerprint: "rep2", Subject: "CN=cell.service.cf.internal", SANs: []string{"cell.service.cf.internal"}, NotAfter: far})
	p.bbs = one(survey.Certificate{Fingerprint: "bbs1", Subject: "CN=bbs.service.cf.internal", SANs: []string{"bbs.service.cf.internal"}, NotAfter: far})
	for n := range cells {
		p.Instance(survey.Instance{Deployment: "cf", Group: "diego-cell", ID: fmt.Sprint(n), Name: fmt.Sprintf("diego-cell/%d", n), Address: fmt.Sprintf("10.0.1.%d", n), Standing: survey.Reporting,
			Places: []survey.Place{place("rep", "config/certs/tls.crt", cert.Leaf, p.rep), place("rep", "config/certs/ca.crt", cert.Trust, p.ca)}})
	}
	p.Instance(survey.Instance{Deployment: "cf", Group: "diego-api", ID: "0", Name: "diego-api/0", Address: "10.0.2.1", Standing: survey.Reporting,
		Places: []survey.Place{place("bbs", "config/certs/server.crt", cert.Leaf, p.bbs), place("bbs", "config/certs/ca.crt", cert.Trust, p.ca)}})
	return p
}

func place(job, file string, role cert.Role, c *survey.Certificate) survey.Place {
	return survey.Place{Job: job, File: certs + job + "/" + file, Role: role, Class: cert.JobFile, Certificate: c}
}
