package check

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"

	securejoin "github.com/cyphar/filepath-securejoin"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
)

// drains are the jobs with certificates that have a drain script. bosh-agent runs the script
// before it stops the job.
func (c *Checker) drains(deployed []cert.Deployed) []string {
	var jobs, drained []string
	for _, d := range deployed {
		for _, l := range d.Locations {
			if l.Job != "" && !slices.Contains(jobs, l.Job) {
				jobs = append(jobs, l.Job)
			}
		}
	}
	for _, job := range jobs {
		script, err := securejoin.SecureJoin(cmp.Or(c.Root, "/"), filepath.Join(discover.JobsDir, job, "bin/drain"))
		if err != nil {
			continue
		}
		if info, err := os.Stat(script); err == nil && info.Mode().IsRegular() {
			drained = append(drained, job)
		}
	}
	return drained
}
