package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
	"cert-health/internal/uplink"
)

// TestMain lets the program of the tests be the floor.
func TestMain(m *testing.M) {
	if os.Getenv(floorMark) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestFleetbench(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Benchmark of the fleet")
}

var _ = Describe("a report of a simulated agent", func() {
	It("is one that the hub accepts, and of the promised size", func() {
		t := template(time.Now())
		a := newAgent(1234, "", &keys{})
		Expect(a.prepare(t, 0)).To(Succeed())
		first := unpacked(a.whole)
		Expect(first.Instance).To(Equal(a.instance))
		Expect(first.Certificates).To(HaveLen(certificates))
		Expect(first.Summary.Placements).To(Equal(placements))
		Expect(len(a.whole)).To(And(BeNumerically(">", 4<<10), BeNumerically("<", 16<<10)))

		Expect(a.prepare(t, 1)).To(Succeed())
		second := unpacked(a.whole)
		same := 0
		for i := range second.Certificates {
			if second.Certificates[i].Fingerprint == first.Certificates[i].Fingerprint {
				same++
			}
		}
		Expect(same).To(Equal(ofAll), "only the CAs stay")
	})
})

func unpacked(whole []byte) *report.Report {
	GinkgoHelper()
	var m uplink.Report
	command := exec.Command("gunzip")
	command.Stdin = bytes.NewReader(whole)
	contents, err := command.Output()
	Expect(err).NotTo(HaveOccurred())
	Expect(json.Unmarshal(contents, &m)).To(Succeed())
	GinkgoWriter.Println(len(whole), len(m.Report))
	r, err := report.Parse(m.Report)
	Expect(err).NotTo(HaveOccurred())
	return r
}

var _ = It("measures a small fleet, on both databases", func(ctx context.Context) {
	program := filepath.Join(GinkgoT().TempDir(), "cert-health-hub")
	out, err := exec.Command("go", "build", "-o", program, "../cert-health-hub").CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(out))
	var printed bytes.Buffer
	b := bench{hub: program, vms: 20, minute: time.Second, rotation: time.Second, databases: "sqlite,postgres", out: &printed}
	Expect(b.run(ctx)).To(Succeed(), printed.String)
	Expect(printed.String()).To(And(ContainSubstring("first reports of 20 VMs (1400 placements)"), ContainSubstring("projected to 100000 VMs")))
}, NodeTimeout(5*time.Minute))
