package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
	"cert-health/internal/report/sample"
	"cert-health/internal/verdict"
)

var _ = Describe("cert-health explain", func() {
	var dir string
	BeforeEach(func() { dir = GinkgoT().TempDir() })

	write := func(name, contents string) string {
		GinkgoHelper()
		name = filepath.Join(dir, name)
		Expect(os.MkdirAll(filepath.Dir(name), 0o755)).To(Succeed())
		Expect(os.WriteFile(name, []byte(contents), 0o600)).To(Succeed())
		return name
	}
	explain := func(args ...string) outcome {
		return call(map[string]string{"HOME": dir, "COLUMNS": "120"}, append([]string{"explain"}, args...)...)
	}
	const refused = `Post "https://10.0.2.1:8889/v1": remote error: tls: expired certificate` + "\n"

	It("says without any certificates which kind it is, where to look for it and what to do", func() {
		log := write("var/vcap/sys/log/rep/rep.stdout.log", refused+"tls: an unusual error\n")
		o := explain("--words-only", log)
		Expect(o.code).To(Equal(exitFindings))
		Expect(o.out).To(HavePrefix("bbs refused rep: the client certificate that rep shows has expired.\n  which     diego_rep_agent_v2, as client, seen in 1 line\n" +
			"  where     diego-cell: /var/vcap/jobs/rep/config/certs/tls.crt\n  do "))
		Expect(o.out).To(ContainSubstring("1 line may be about TLS or certificates, in words that are not known:\n  1 x       tls: an unusual error"))
		Expect(o.out).To(HaveSuffix("Read: 1 log, 2 lines.\n"))
		Expect(strings.Count(o.out, "\n")).To(BeNumerically("<=", 20))
	})

	It("says how it finds the certificate of which it knows only the end", func() {
		o := explain("--words-only", write("rep.log", "x509: certificate has expired or is not yet valid: current time 2019-07-12T22:26:01Z is after 2019-07-12T22:25:49Z\n"))
		Expect(o.out).To(HavePrefix("rep refused cloud_controller_ng, cc_uploader, blobstore or 5 more: "))
		Expect(strings.Join(strings.Fields(o.out), " ")).To(ContainSubstring("run cert-health explain again with reports of the VMs (--report FILE|DIR), with a hub"))
	})

	It("names the certificate of a report, and is JSON for programs", func() {
		r := report.Build(sample.Contents())
		leaf := r.Certificates[0]
		contents, err := json.Marshal(r)
		Expect(err).NotTo(HaveOccurred())
		line := "x509: certificate has expired or is not yet valid: current time 2030-01-01T00:00:00Z is after " + leaf.NotAfter.UTC().Format("2006-01-02T15:04:05Z") + "\n"
		o := explain("--report", write("r.json", string(contents)), "--format", "json", "--now", "2100-01-01T00:00:00Z", write("bbs/bbs.log", line))
		Expect(o.code).To(Equal(exitFindings), o.err)
		var a struct {
			Surveyed bool
			Cases    []struct {
				Sentence string
				Suspects []struct {
					Fingerprint string `json:"fingerprint_sha256"`
					Proven      bool
				}
				Steps []verdict.Step
			}
		}
		Expect(json.Unmarshal([]byte(o.out), &a)).To(Succeed())
		Expect(a.Surveyed).To(BeTrue())
		Expect(a.Cases).To(HaveLen(1))
		Expect(a.Cases[0].Suspects[0].Fingerprint).To(Equal(leaf.Fingerprint))
		Expect(a.Cases[0].Steps).NotTo(BeEmpty())
	})

	It("says that there is nothing, and fails if it could not read everything", func() {
		quiet := write("quiet.log", "all is well\n")
		o := explain("--words-only", quiet)
		Expect(o.code).To(Equal(exitOK))
		Expect(o.out).To(Equal("No line has words about a fault of a certificate.\nRead: 1 log, 1 line.\n"))
		o = explain("--words-only", quiet, filepath.Join(dir, "missing"), "/dev/zero")
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.out).To(And(ContainSubstring("not read: "+dir+"/missing: no such file or directory"), ContainSubstring("not read: /dev/zero: it is binary, not a log")))
	})

	It("takes the operator's own symptoms, and says what is wrong in them", func() {
		own := "writer: ours\nsymptoms:\n  - id: ours\n    texts: ['flux capacitor distrusts {peer}']\n    said: client\n    whose: peer\n    fault: unknown_ca\n    examples:\n      - line: flux capacitor distrusts h:1\n"
		write("k/symptoms/ours.yml", own)
		o := explain("--words-only", "--knowledge", filepath.Join(dir, "k"), write("x.log", "flux capacitor distrusts h:1\n"))
		Expect(o.out).To(HavePrefix("A client refused h: it does not trust the CA of the server certificate that h shows."))
		write("k/symptoms/ours.yml", strings.ReplaceAll(own, "unknown_ca", "unknown_cat"))
		o = explain("--words-only", "--knowledge", filepath.Join(dir, "k"))
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(And(ContainSubstring("ours.yml: symptoms[0].fault (line 7)"), ContainSubstring("did you mean \"unknown_ca\"?")))
		Expect(explain("--knowledge", dir).err).To(ContainSubstring("name the directory above them"))
	})
})
