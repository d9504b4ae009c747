package repair_test

import (
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/repair"
)

var _ = It("says on one line what monit refuses, and what to do", func(ctx SpecContext) {
	program := filepath.Join(GinkgoT().TempDir(), "monit")
	Expect(os.WriteFile(program, []byte("#!/bin/sh\necho 'New Monit id: 1'\necho \"Service 'rep' -- doesn't exist\" >&2\nexit 1\n"), 0o700)).To(Succeed())
	err := repair.Monit{Program: program, Root: "/", Wait: time.Minute}.Restart(ctx, repair.Process{Job: "rep", Name: "rep"})
	Expect(err).To(MatchError("monit refuses (exit status 1): New Monit id: 1 Service 'rep' -- doesn't exist: mend what it says, and run `monit restart rep`"))
})
