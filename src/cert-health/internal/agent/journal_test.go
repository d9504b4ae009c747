package agent

import (
	"bytes"
	"context"
	"strings"

	"github.com/cloudfoundry/bosh-utils/logger"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/check"
	"cert-health/internal/config"
	"cert-health/internal/discover"
)

var _ = Describe("the log of findings", func() {
	It("says once that ports were not probed, however many they are", func() {
		var lines bytes.Buffer
		log := findingsLog{log: logger.NewWriterLogger(logger.LevelInfo, &lines)}
		checker := check.Checker{Config: config.Default()}
		left := func(ports map[string]int) {
			log.update(checker.Report(context.Background(), check.Results{
				Inventory: &discover.Inventory{}, Comparison: check.NotCompared(), Observation: check.Observation{Made: true, Left: ports}}))
		}
		for ports := range 20 {
			left(map[string]int{"busy": ports + 1})
		}
		Expect(strings.Count(lines.String(), "\n")).To(Equal(1))
		Expect(lines.String()).To(ContainSubstring("unreadable: the ports of busy: 1 were not probed completely this time"))
		left(nil)
		Expect(lines.String()).To(ContainSubstring("no more: unreadable of the ports of busy"))
		left(map[string]int{"": 2})
		Expect(lines.String()).To(ContainSubstring("the ports of processes without a job: 2 were not probed"))
	})
})
