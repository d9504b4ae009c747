package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
)

func TestCertHealth(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "cert-health")
}

// outcome is the result of a command line.
type outcome struct {
	code     int
	out, err string
}

// call runs one command line in this process.
func call(env map[string]string, args ...string) outcome {
	var out, err bytes.Buffer
	code := run(context.Background(), args, console{in: strings.NewReader(""), out: &out, err: &err,
		env: func(name string) string { return env[name] }})
	return outcome{code, out.String(), err.String()}
}

func (o outcome) report() *report.Report {
	GinkgoHelper()
	var r report.Report
	Expect(json.Unmarshal([]byte(o.out), &r)).To(Succeed(), "%s\n%s", o.out, o.err)
	return &r
}
