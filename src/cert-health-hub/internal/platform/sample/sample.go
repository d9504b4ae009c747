// Package sample makes surveys in memory, for tests of the pages and the API: a rotation of the CA of Diego that has
// reached some cells, and one that has ended.
package sample

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"time"

	"cert-health/hub/internal/platform"
	"cert-health/internal/cert"
	"cert-health/internal/survey"
)

const day = 24 * time.Hour

// Now is a moment for tests.
func Now() time.Time { return time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC) }

// CA is the path of the CA that is rotated.
const CA = "secret/cf/diego/ca"

// Knowledge is the built-in knowledge. A test that gets none fails with what is wrong with it.
func Knowledge() *platform.Knowledge {
	known, err := platform.ReadKnowledge()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return known
}

// builder makes a survey.
type builder struct {
	survey.Builder
	old, new, router *survey.Certificate
	leaves           map[string]*survey.Certificate
}

// Survey is a platform of n VMs: three of diego-api, the others cells. The new CA has reached diego-api and two thirds of
// the cells. From ten VMs on, one cell is silent and one has never reported.
func Survey(n int) *survey.Survey {
	b := &builder{leaves: map[string]*survey.Certificate{}}
	b.old, b.new = b.ca("diego CA", "old", -1000*day, 40*day), b.ca("diego CA", "new", -day, 3000*day)
	b.router = b.ca("router CA", "router", -400*day, 1500*day)
	b.Secret(survey.Secret{Store: "Vault", Path: CA, Key: "certificate", Version: 3, Since: Now().Add(-3 * time.Hour), NotAfter: b.old.NotAfter, Certificates: []*survey.Certificate{b.old, b.new}})
	b.Secret(survey.Secret{Store: "Vault", Path: CA + "-next", Key: "certificate", Version: 1, NotAfter: b.new.NotAfter, Certificates: []*survey.Certificate{b.new}})
	b.Secret(survey.Secret{Store: "Vault", Path: "secret/cf/router/ca", Key: "certificate", Version: 1, NotAfter: b.router.NotAfter, Certificates: []*survey.Certificate{b.router}})
	b.stored("bbs", "secret/cf/diego/bbs")
	b.stored("rep", "secret/cf/diego/rep")
	for i := range n {
		b.vm(i, n)
	}
	if n == 0 {
		b.Blind("no agent reports to the hub: it does not see what is on VMs")
	}
	return b.Build(Now())
}

// Hostile is a survey whose names attack pages.
func Hostile(names []string) *survey.Survey {
	b := &builder{leaves: map[string]*survey.Certificate{}}
	for i, name := range names {
		ca := b.ca(name, fmt.Sprint(i), -day, day)
		b.Secret(survey.Secret{Store: "Vault", Path: "secret/" + name, Key: "certificate", Certificates: []*survey.Certificate{ca, b.ca(name, "other"+fmt.Sprint(i), -2*day, day)}})
		b.Instance(survey.Instance{Deployment: name, Group: name, ID: fmt.Sprint(i), Name: name, Standing: survey.Reporting, At: Now(),
			Places: []survey.Place{{Job: name, File: "/" + name, Role: cert.Trust, Certificate: ca}}})
		b.Blind(name)
	}
	return b.Build(Now())
}

func print(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func (b *builder) ca(name, generation string, begins, ends time.Duration) *survey.Certificate {
	return b.Certificate(survey.Certificate{Fingerprint: print(name + generation), Name: name, Subject: "CN=" + name, Issuer: "CN=" + name, CA: true, Key: "RSA 4096",
		NotBefore: Now().Add(begins), NotAfter: Now().Add(ends), KeyID: print("key of " + name + generation)[:40]})
}

// leaf is a certificate of a job that the old CA signed.
func (b *builder) leaf(job string) *survey.Certificate {
	if b.leaves[job] == nil {
		name := job + ".service.cf.internal"
		b.leaves[job] = b.Certificate(survey.Certificate{Fingerprint: print(name), Name: name, Subject: "CN=" + name, Issuer: b.old.Subject, SANs: []string{name, "127.0.0.1"}, Key: "RSA 2048",
			NotBefore: Now().Add(-300 * day), NotAfter: Now().Add(30 * day), Usages: []string{"serverAuth", "clientAuth"}, KeyID: print("key of " + name)[:40], AuthorityID: b.old.KeyID})
	}
	return b.leaves[job]
}

func (b *builder) stored(job, path string) {
	own := b.leaf(job)
	b.Secret(survey.Secret{Store: "Vault", Path: path, Key: "certificate", Version: 2, NotAfter: own.NotAfter, Certificates: []*survey.Certificate{own}})
}

func (b *builder) vm(i, n int) {
	group, index, jobs := "diego-api", i, []string{"bbs"}
	if i >= 3 || i >= n/3+1 {
		group, index, jobs = "diego-cell", i-min(3, n/3+1), []string{"rep"}
	}
	v := survey.Instance{Deployment: "cf", Group: group, ID: fmt.Sprintf("%08x-1111-4222-8333-%012x", i+1, i), Name: fmt.Sprintf("%s/%d", group, index),
		AZ: fmt.Sprintf("z%d", i%3+1), Address: fmt.Sprintf("10.0.%d.%d", i/250, i%250+1), Standing: survey.Reporting, At: Now().Add(-time.Minute)}
	switch {
	case n >= 10 && i == n-1:
		v.Standing, v.At = "missing", time.Time{}
		b.Instance(v)
		return
	case n >= 10 && i == n-2:
		v.Standing, v.At = "silent", Now().Add(-2*time.Hour)
	}
	for _, job := range jobs {
		b.job(&v, job, group == "diego-api" || i < n*2/3)
	}
	b.Instance(v)
}

// job gives a VM the files of a job: its certificate and the CAs that it trusts.
func (b *builder) job(v *survey.Instance, job string, both bool) {
	dir, certificate, ca := "/var/vcap/jobs/"+job+"/config/certs/", "server.crt", "ca.crt"
	if job == "rep" {
		certificate, ca = "tls.crt", "tls_ca.crt"
	}
	v.Places = append(v.Places, survey.Place{Job: job, File: dir + ca, Line: 1, Form: cert.PEM, Role: cert.CA, Class: cert.JobFile, Certificate: b.old})
	if both {
		v.Places = append(v.Places, survey.Place{Job: job, File: dir + ca, Line: 30, Form: cert.PEM, Role: cert.CA, Class: cert.JobFile, Certificate: b.new})
	}
	v.Places = append(v.Places, survey.Place{Job: job, File: dir + certificate, Line: 1, Form: cert.PEM, Role: cert.Leaf, Class: cert.JobFile, Certificate: b.leaf(job)})
}
