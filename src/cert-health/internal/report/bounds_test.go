package report_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"cert-health/internal/alert"
	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/report/sample"
	"cert-health/internal/verdict"
)

// flooded makes a report of a job with many expired certificates, each of which another job has
// too, and of a job with one.
func flooded(count int) *report.Report {
	c := sample.Contents()
	c.Deployed, c.Judgements, c.Problems, c.Ignored, c.Looked, c.References = nil, nil, nil, nil, false, nil
	add := func(n int, name string, jobs ...string) {
		d := cert.Deployed{Role: cert.Leaf, Certificate: &cert.Certificate{Fingerprint: cert.Fingerprint{byte(n), byte(n >> 8), byte(n >> 16)}, CommonName: name, Serial: "ab", NotAfter: now.Add(-time.Hour)}}
		for _, job := range jobs {
			d.Locations = append(d.Locations, cert.Location{Job: job, File: "/var/vcap/jobs/" + job + "/f", Form: cert.PEM})
		}
		c.Deployed = append(c.Deployed, d)
		c.Judgements = append(c.Judgements, verdict.Judgement{Findings: []verdict.Finding{{Code: verdict.Expired, Severity: verdict.Critical, Message: "expired", Steps: []verdict.Step{verdict.Do("renew it")}}}})
	}
	for n := range count {
		add(n, fmt.Sprintf("flood%05d", n), "aaa")
	}
	add(count, "victim", "aaa", "rep")
	return report.Build(c)
}

// valid checks a report against its schema, and returns its size.
func valid(r *report.Report) int {
	GinkgoHelper()
	file, err := os.Open("../../../../docs/report.schema.json")
	Expect(err).NotTo(HaveOccurred())
	defer file.Close()
	document, err := jsonschema.UnmarshalJSON(file)
	Expect(err).NotTo(HaveOccurred())
	compiler := jsonschema.NewCompiler()
	Expect(compiler.AddResource("report.json", document)).To(Succeed())
	schema, err := compiler.Compile("report.json")
	Expect(err).NotTo(HaveOccurred())
	var out bytes.Buffer
	Expect(r.WriteJSON(&out)).To(Succeed())
	size := out.Len()
	instance, err := jsonschema.UnmarshalJSON(&out)
	Expect(err).NotTo(HaveOccurred())
	Expect(schema.Validate(instance)).To(Succeed())
	return size
}

var _ = Describe("Bounded", func() {
	It("changes nothing in an ordinary report", func() {
		r := report.Build(sample.Contents())
		Expect(r.Bounded()).To(Equal(r))
		Expect(flooded(999).Bounded().LeftOut).To(BeEmpty())
	})

	It("lists the first certificates of each job, counts the rest, and has their fingerprints", func() {
		r := flooded(4000)
		b := r.Bounded()
		Expect(b.Summary).To(Equal(r.Summary))
		Expect(b.Summary.Certificates).To(Equal(4001))
		Expect(b.Certificates).To(HaveLen(1001))
		Expect(b.Certificates[1000].Name).To(Equal("victim"), "it counts for rep")
		Expect(b.LeftOut).To(HaveLen(1))
		l := b.LeftOut[0]
		Expect(l).To(And(HaveField("Job", "aaa"), HaveField("Certificates", 3000), HaveField("Expired", 3000), HaveField("ByCode", map[verdict.Code]int{verdict.Expired: 3000})))
		Expect(l.Fingerprints).To(HaveLen(3000))
		all := map[string]bool{}
		for _, c := range b.Certificates {
			all[c.Fingerprint[:12]] = true
		}
		for _, fingerprint := range l.Fingerprints {
			all[fingerprint] = true
		}
		missing := 0
		for _, item := range r.Items(alert.Expired) {
			if !all[item.AlertItem().Fingerprint] {
				missing++
			}
		}
		Expect(missing).To(BeZero(), "alerts name no certificate that the report lacks")
		Expect(r.Certificates).To(HaveLen(4001), "the report itself is whole")
		Expect(valid(b)).To(BeNumerically("<", 1<<20))
	})

	It("lists served certificates of each job, and counts the rest", func() {
		c := sample.Contents()
		c.Served = nil
		for n := range 2000 {
			by := cert.Process{Job: "aaa", Name: "flood", PID: 7}
			if n == 1999 {
				by = cert.Process{Job: "rep", Name: "rep", PID: 8}
			}
			c.Served = append(c.Served, verdict.ServedState{Served: cert.Served{Certificate: &cert.Certificate{Fingerprint: cert.Fingerprint{byte(n), byte(n >> 8)}, CommonName: "x", NotAfter: now},
				Address: netip.AddrPortFrom(netip.MustParseAddr("10.0.16.4"), uint16(1000+n)), Protocol: "tls", Process: by, SeenAt: now, Proven: true}})
		}
		c.Looked, c.Listeners = true, 2000
		b := report.Build(c).Bounded()
		valid(b)
		Expect(b.Served.Shown).To(HaveLen(500))
		Expect(b.Served).To(And(HaveField("Listeners", 2000), HaveField("MoreShown", 1500)))
		Expect(b.Served.Shown).To(ContainElement(HaveField("Job", "rep")))
		Expect(b.Served.Shown[0].Address).To(Equal("10.0.16.4:1000"))
	})

	It("bounds places, names, texts, problems and what is ignored", func() {
		c := sample.Contents()
		d := &c.Deployed[1]
		for n := range 5000 {
			d.Certificate.SANs = append(d.Certificate.SANs, fmt.Sprintf("n%d%s", n, strings.Repeat("x", 3000)))
			d.Locations = append(d.Locations, cert.Location{Job: "aaa", File: fmt.Sprintf("/var/vcap/jobs/aaa/f%d", n), Form: cert.PEM})
			c.Problems = append(c.Problems, verdict.Problem{Code: verdict.Unreadable, Severity: verdict.Warning, Job: "aaa", File: "/x", Message: strings.Repeat("m", 3000), Steps: []verdict.Step{verdict.Do("look")}})
			c.Ignored = append(c.Ignored, verdict.IgnoredProblem{Problem: verdict.Problem{Code: verdict.Unreadable, Job: "aaa", File: "/y"}, Reason: "r", Until: now.Truncate(time.Second)})
		}
		d.Locations = append(d.Locations, cert.Location{Job: "last", File: "/var/vcap/jobs/last/f", Form: cert.PEM})
		d.Certificate.Subject = strings.Repeat("é", 3000)
		c.Judgements[1].Findings[0].Steps = []verdict.Step{verdict.Run("cert-health", "x509", "renew", strings.Repeat("p", 3000))}
		r := report.Build(c)
		b := r.Bounded()
		Expect(valid(b)).To(BeNumerically("<", 3<<20))
		first := b.Certificates[0]
		Expect(first.Locations).To(HaveLen(100))
		Expect(first.Locations).To(ContainElement(HaveField("Job", "last")))
		Expect(first.More()).To(Equal(r.Certificates[0].More()))
		Expect(first).To(And(HaveField("MoreSANs", 4901), HaveField("MoreLocations", 4903)))
		Expect(len(first.Subject)).To(BeNumerically("<=", 2000))
		Expect(first.Findings[0].Steps[0].Run).To(BeEmpty())
		Expect(first.Findings[0].Steps[0].Do).To(HaveSuffix("…"))
		Expect(r.Certificates[0].Findings[0].Steps[0].Run).NotTo(BeEmpty(), "the report itself is whole")
		Expect(b.LeftOut).To(ConsistOf(And(HaveField("Job", "aaa"), HaveField("Problems", 4500), HaveField("Ignored", 4500))))
	})
})

var _ = Describe("The lines of a status file", func() {
	It("are limited, and each job has its share", func() {
		lines := strings.Split(report.Lines(flooded(4000).Items(alert.Expired)), "\n")
		Expect(lines).To(HaveLen(202))
		Expect(lines[199]).To(HavePrefix("critical victim at "))
		Expect(lines[200]).To(Equal("and 3801 more: see cert-health status"))
	})

	It("have a limited length", func() {
		r := flooded(0)
		r.Certificates[0].Name = strings.Repeat("\x1b", 1_000_000)
		Expect(len(report.Lines(r.Items(alert.Expired)))).To(BeNumerically("<=", 2001))
	})
})
