package terminal_test

import (
	"bytes"
	"fmt"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
	"cert-health/internal/report/sample"
	"cert-health/internal/report/terminal"
)

func TestTerminal(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Terminal")
}

var now = sample.Now()

func table(r *report.Report, style terminal.Style) string {
	GinkgoHelper()
	var out bytes.Buffer
	Expect(terminal.WriteTable(r, &out, style)).To(Succeed())
	return out.String()
}

// closed is a pipe without a reader.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, fmt.Errorf("gone") }
