package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
	"cert-health/internal/report/sample"
	"cert-health/internal/scenario"
)

var _ = Describe("the survey of a command", func() {
	written := func(name string, change func(*report.Report)) string {
		GinkgoHelper()
		r := report.Build(sample.Contents())
		if change != nil {
			change(r)
		}
		var out bytes.Buffer
		Expect(r.WriteJSON(&out)).To(Succeed())
		Expect(os.WriteFile(name, out.Bytes(), 0o600)).To(Succeed())
		return name
	}
	load := func(ctx SpecContext, f surveyFlags) (*seen, string, error) {
		var said bytes.Buffer
		home := GinkgoT().TempDir()
		f.console = console{in: strings.NewReader(""), out: &said, err: &said, env: func(name string) string {
			if name == "HOME" || name == "XDG_CONFIG_HOME" {
				return home
			}
			return ""
		}}
		f.now = sample.Now().Format(time.RFC3339Nano)
		s, err := f.load(ctx)
		return s, said.String(), err
	}

	It("is of the reports that are named", func(ctx SpecContext) {
		dir := GinkgoT().TempDir()
		written(filepath.Join(dir, "a.json"), nil)
		other := written(filepath.Join(dir, "b.json"), func(r *report.Report) { r.Instance.ID, r.Served = "other", nil })
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		contents, err := os.ReadFile(other)
		Expect(err).NotTo(HaveOccurred())
		_, err = w.Write(contents)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.Close()).To(Succeed())
		Expect(os.Rename(other, filepath.Join(dir, "notes.txt"))).To(Succeed())
		Expect(os.WriteFile(filepath.Join(dir, "c.json.gz"), packed.Bytes(), 0o600)).To(Succeed())
		Expect(os.WriteFile(filepath.Join(dir, "package.json"), []byte("{}"), 0o600)).To(Succeed())

		s, said, err := load(ctx, surveyFlags{reports: []string{dir}})
		Expect(err).NotTo(HaveOccurred())
		Expect(s.Instances).To(HaveLen(2))
		Expect(s.At.Equal(sample.Now())).To(BeTrue())
		Expect(said).To(HavePrefix("looking at 2 reports in " + dir + ": 2 instances of 1 deployment"))
		Expect(said).To(And(ContainSubstring("package.json"), ContainSubstring("what the processes of cell/other serve"), Not(ContainSubstring("notes"))))
	})

	It("names the report that cannot be read", func(ctx SpecContext) {
		file := filepath.Join(GinkgoT().TempDir(), "report.json")
		written(file, nil)
		_, _, err := load(ctx, surveyFlags{reports: []string{file + "x"}})
		Expect(err).To(MatchError(ContainSubstring("did you mean")))
		Expect(os.WriteFile(file, []byte("{}"), 0o600)).To(Succeed())
		_, _, err = load(ctx, surveyFlags{reports: []string{file}})
		Expect(err).To(MatchError(ContainSubstring("it is not a report of cert-health")))
		_, _, err = load(ctx, surveyFlags{reports: []string{GinkgoT().TempDir()}})
		Expect(err).To(MatchError(ContainSubstring("there is no report in")))
	})

	It("says what to do when there is nothing to look at", func(ctx SpecContext) {
		_, _, err := load(ctx, surveyFlags{root: GinkgoT().TempDir()})
		Expect(err).To(MatchError(errNothingToLookAt))
	})

	It("is of this VM where there are jobs", func(ctx SpecContext) {
		root := GinkgoT().TempDir()
		certs := filepath.Join(root, "var/vcap/jobs/rep/config/certs")
		Expect(os.MkdirAll(certs, 0o755)).To(Succeed())
		Expect(os.WriteFile(filepath.Join(certs, "tls.crt"), []byte(issuedPEM()), 0o600)).To(Succeed())
		s, said, err := load(ctx, surveyFlags{root: root, config: defaultConfig})
		Expect(err).NotTo(HaveOccurred())
		Expect(s.Local).To(BeTrue())
		Expect(s.Instances[0].Places).To(HaveLen(1))
		Expect(said).To(And(ContainSubstring("the files of this VM's jobs"), ContainSubstring("not seen: all other VMs")))
	})
})

func issuedPEM() string { return scenario.Issue(scenario.Spec{CommonName: "rep"}).CertPEM() }
