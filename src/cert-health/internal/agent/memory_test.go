package agent_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/agent"
	"cert-health/internal/scenario"
)

var _ = Describe("the files of an agent that another process replaces", func() {
	var r *rig

	BeforeEach(func() {
		r = newRig()
		lapsed := scenario.Issue(scenario.Spec{CommonName: "a", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)})
		r.deploy(scenario.Files{"a.pem": lapsed.CertPEM()})
		Expect(os.MkdirAll(filepath.Join(r.data, "status"), 0o750)).To(Succeed())
	})

	for _, name := range []string{"memory.json", "report.json", "status/expired", "status/heartbeat"} {
		DescribeTable("neither stop the agent nor reach its log: "+name, func(make func(path string) error) {
			Expect(make(filepath.Join(r.data, name))).To(Succeed())
			r.start()
			r.first()
			r.pass()
			Expect(r.status("expired")).To(ContainSubstring("expired"))
			status, err := agent.ReadStatus(r.data, r.clock.Now())
			Expect(err).NotTo(HaveOccurred())
			Expect(status.Alive).To(BeTrue())
			r.stop()
			Expect(r.memory()).To(HavePrefix("{"))
			Expect(r.log.String()).NotTo(ContainSubstring("forged"))
			Expect(r.log.String()).NotTo(ContainSubstring("\x1b"))
		},
			Entry("by a pipe", func(path string) error { return syscall.Mkfifo(path, 0o666) }),
			Entry("by a link to an endless device", func(path string) error { return os.Symlink("/dev/zero", path) }),
			Entry("by a link to a file outside", func(path string) error { return os.Symlink("/etc/hostname", path) }),
			Entry("by a sparse file", func(path string) error {
				if err := os.WriteFile(path, nil, 0o600); err != nil {
					return err
				}
				return os.Truncate(path, 1<<30)
			}),
			Entry("by deep JSON", func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("[", 1<<20)), 0o600) }),
			Entry("by forged JSON", func(path string) error {
				return os.WriteFile(path, []byte(`{"alerts": {"forged\u001b[2J": {"at": "2999-01-01T00:00:00Z"}, "expired": {"at": "forged \u001b[2J"}}, "requests": "forged \u001b[2J"}`), 0o600)
			}),
		)
	}

	It("are read with what is valid in them", func() {
		Expect(os.WriteFile(filepath.Join(r.data, "memory.json"), []byte(`{"alerts": {"forged": {"at": "2026-01-01T00:00:00Z"}},
			"requests": [{"hour": 999999999999, "requests": 7}, {"hour": 1, "requests": -7}],
			"arrivals": {"seen": "2999-01-01T00:00:00Z", "files": {"/x": {"`+strings.Repeat("00", 32)+`": {"after": "2998-01-01T00:00:00Z", "by": "2999-01-01T00:00:00Z"}}}}}`), 0o600)).To(Succeed())
		r.start()
		r.first()
		r.pass()
		r.stop()
		Expect(r.memory()).NotTo(Or(ContainSubstring("forged"), ContainSubstring("999999999999"), ContainSubstring("-7"), ContainSubstring("2999"), ContainSubstring("2998")))
	})
})
