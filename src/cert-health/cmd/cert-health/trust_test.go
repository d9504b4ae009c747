//go:build !vm

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/trust"
	"cert-health/internal/verdict"
)

// diego writes the reports of a bbs and of two cells, one of which has not been deployed since the certificate was
// renewed in the store.
type diego struct {
	dir        string
	now        time.Time
	ca         *scenario.Pair
	before     *scenario.Pair // of the cells
	after      *scenario.Pair
	bbs        *scenario.Pair
	references map[cert.Fingerprint]cert.Reference
}

func newDiego() *diego {
	now := time.Now().Truncate(time.Second)
	d := &diego{dir: GinkgoT().TempDir(), now: now, references: map[cert.Fingerprint]cert.Reference{}}
	d.ca = scenario.Issue(scenario.Spec{CommonName: "internalCA", CA: true, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(2, 0, 0)})
	rep := scenario.Spec{CommonName: "cell.service.cf.internal", SANs: []string{"*.cell.service.cf.internal", "cell.service.cf.internal", "127.0.0.1", "localhost"}, Issuer: d.ca,
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.Add(-5 * time.Hour)}
	d.before = scenario.Issue(rep)
	rep.NotBefore, rep.NotAfter = now.Add(-time.Hour), now.AddDate(1, 0, 0)
	d.after = scenario.Issue(rep)
	d.bbs = scenario.Issue(scenario.Spec{CommonName: "bbs.service.cf.internal", Issuer: d.ca, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(0, 0, 20)})
	held := d.after.Noun().Summary()
	d.references[d.before.Fingerprint()] = cert.Reference{State: cert.Stale, Mount: "secret/", Path: "cell/rep", Key: "certificate", DeployedVersion: 1, CurrentVersion: 2, Current: &held}
	d.references[d.after.Fingerprint()] = cert.Reference{State: cert.Current, Mount: "secret/", Path: "cell/rep", Key: "certificate", DeployedVersion: 2, CurrentVersion: 2}
	d.write("bbs", "0", "bbs", map[string]*scenario.Pair{"config/certs/server.crt": d.bbs, "config/certs/ca.crt": d.ca})
	d.write("diego-cell", "0", "rep", map[string]*scenario.Pair{"config/certs/tls.crt": d.before, "config/certs/tls_ca.crt": d.ca})
	d.write("diego-cell-2", "1", "rep", map[string]*scenario.Pair{"config/certs/tls.crt": d.after, "config/certs/tls_ca.crt": d.ca})
	return d
}

func (d *diego) write(group, id, job string, files map[string]*scenario.Pair) {
	GinkgoHelper()
	c := report.Contents{Instance: report.Instance{Deployment: "cf", Group: group, ID: id}, CheckedAt: d.now, Looked: true, References: d.references}
	for path, p := range files {
		role := cert.Leaf
		if p.X509.IsCA {
			role = cert.CA
		}
		c.Deployed = append(c.Deployed, cert.Deployed{Certificate: p.Noun(), Role: role, Locations: []cert.Location{{Job: job, File: "/var/vcap/jobs/" + job + "/" + path, Line: 1, Form: cert.PEM}}})
		c.Judgements = append(c.Judgements, verdict.Judgement{})
	}
	var out bytes.Buffer
	Expect(report.Build(c).WriteJSON(&out)).To(Succeed())
	Expect(os.WriteFile(filepath.Join(d.dir, fmt.Sprintf("%s-%s.json", group, id)), out.Bytes(), 0o600)).To(Succeed())
}

func (d *diego) call(words ...string) outcome {
	home := GinkgoT().TempDir()
	return call(map[string]string{"HOME": home, "XDG_CONFIG_HOME": home, "COLUMNS": "160"}, append(words, "--report", d.dir)...)
}

var _ = Describe("cert-health trust", func() {
	It("says who is refused by whom, why, and what users see", func() {
		d := newDiego()
		o := d.call("trust")
		Expect(o.code).To(Equal(1), "%s%s", o.out, o.err)
		Expect(o.err).To(HavePrefix("looking at 3 reports in " + d.dir + ": 3 instances of 1 deployment"))
		Expect(o.out).To(HavePrefix("2 of 4 connections are refused, and 0 cannot be decided.\n"), o.out)
		Expect(o.out).To(And(MatchRegexp(`expired +cf/diego-cell +cf/bbs +rep-bbs`), ContainSubstring("the certificate cell.service.cf.internal of the client: it ended at"),
			ContainSubstring("users see The state of app instances is not updated")))
	})

	It("answers programs, and chooses edges", func() {
		d := newDiego()
		o := d.call("trust", "--format", "json", "--from", "rep", "--to", "bbs")
		var m trust.Matrix
		Expect(json.Unmarshal([]byte(o.out), &m)).To(Succeed())
		Expect(m.Edges).To(HaveExactElements(HaveField("Edge.Name", "rep-bbs")))
		Expect(m.Counts).To(Equal(map[trust.Status]int{trust.Trusted: 1, trust.Expired: 1}))
		Expect(d.call("trust", "--from", "stranger").code).To(Equal(2))
	})

	It("shows a step before it is taken", func() {
		d := newDiego()
		o := d.call("trust", "--after", "deploy diego-cell")
		Expect(o.code).To(Equal(0), o.out+o.err)
		Expect(o.out).To(HavePrefix("After deploy diego-cell: All 2 connections are trusted.\nThe step cuts 0 connections and heals 2 connections.\n"), o.out)
		o = d.call("trust", "--after", "remove CA internalCA")
		Expect(o.code).To(Equal(1))
		Expect(o.out).To(ContainSubstring("unknown CA"))
		Expect(d.call("trust", "--after", "remove CA nothing").err).To(ContainSubstring(`no CA is known by the name "nothing"`))
		Expect(d.call("trust", "--after", "dance").err).To(ContainSubstring(`a step is "remove CA CERTIFICATE"`))
	})

	It("finds an order of deploys", func() {
		o := newDiego().call("trust", "--order")
		Expect(o.code).To(Equal(0), o.err)
		Expect(o.out).To(HavePrefix("This order of deploys cuts no connection:\n  1. deploy cf/diego-cell\n"))
	})
})

var _ = Describe("cert-health breaks", func() {
	It("lists what stops until a date, in the order in which it stops", func() {
		d := newDiego()
		o := d.call("breaks", "--at", "30d")
		Expect(o.code).To(Equal(1), o.err)
		Expect(o.out).To(MatchRegexp(`(?s)^2 certificates until .*cell.service.cf.internal ended .*\(5 hours ago\).*where +cf/diego-cell; rep;.*stops +rep to bbs: The state.*bbs.service.cf.internal ends .*in 19 days`), o.out)
		o = d.call("breaks", "--at", "24h", "--format", "json")
		var answer breaksAnswer
		Expect(json.Unmarshal([]byte(o.out), &answer)).To(Succeed())
		Expect(answer.Breaks).To(HaveExactElements(HaveField("Certificate.Name", "cell.service.cf.internal")))
		Expect(d.call("breaks", "--at", "soon").err).To(ContainSubstring("it is not a valid date"))
	})
})

var _ = Describe("cert-health show with reports", func() {
	It("shows what stops with a certificate, and the leaves below a CA", func() {
		d := newDiego()
		o := d.call("show", "bbs.service.cf.internal")
		Expect(o.code).To(Equal(0), o.err)
		Expect(o.out).To(MatchRegexp(`(?s)^bbs.service.cf.internal\n.*What stops with it:\n +where +cf/bbs\n +server +rep to bbs, on cf/bbs. The state`), o.out)
		o = d.call("show", "internalCA")
		Expect(o.out).To(MatchRegexp(`(?s)trusts .*3 leaf certificates below it, deployed:\n.*cell.service.cf.internal`), o.out)
		Expect(d.call("show", "nothing").err).To(ContainSubstring(`no report has a certificate "nothing"`))
		Expect(d.call("show", "cell.service.cf.internal").err).To(ContainSubstring("2 certificates have"))
	})
})
