package repair_test

import (
	"context"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/repair"
)

// The real monit is in src/cert-health/e2e. Stemcells have another version, whose answers are written down here.
var _ = Describe("Monit", func() {
	var root, pidfile string
	process := repair.Process{Job: "rep", Name: "rep", PIDFile: "/run/rep.pid"}
	// answers installs a monit: a script of the shell.
	answers := func(script string) repair.Monit {
		GinkgoHelper()
		program := filepath.Join(root, "var/vcap/bosh/bin/monit")
		Expect(os.MkdirAll(filepath.Dir(program), 0o755)).To(Succeed())
		Expect(os.WriteFile(program, []byte("#!/bin/sh\n[ \"$1\" != -B ] || { echo 'monit: invalid option' >&2; exit 1; }\n"+script), 0o755)).To(Succeed())
		return repair.FindMonit(root, 20*time.Second)
	}
	BeforeEach(func() {
		root = GinkgoT().TempDir()
		pidfile = filepath.Join(root, "run/rep.pid")
		Expect(os.MkdirAll(filepath.Dir(pidfile), 0o755)).To(Succeed())
		Expect(os.WriteFile(pidfile, []byte("100\n"), 0o644)).To(Succeed())
	})

	It("waits until the process has another pid and runs, in the words of version 5.2.5", func() {
		m := answers(`case $1 in
restart) [ "$2" = rep ] && echo 101 >` + pidfile + `;;
summary) printf "The Monit daemon 5.2.5 uptime: 1m \n\nProcess 'rep'                       running\nProcess 'rep-2'                     not monitored\nSystem 'system_x' running\n";;
esac`)
		Expect(m.Restart(context.Background(), process)).To(Succeed())
	})

	It("says that a process does not run again, what monit says of it, and where its logs are", func() {
		m := answers(`[ "$1" != summary ] || printf "Process 'rep'     Execution failed\n"`)
		m.Wait = time.Second
		Expect(m.Restart(context.Background(), process)).To(MatchError("rep does not run again after 1s (monit says: Execution failed): look at `monit summary` and at its logs in /var/vcap/sys/log/rep"))
	})

	It("does not take the process of before for the new one", func() {
		m := answers(`[ "$1" != summary ] || printf "Process 'rep'     running\n"`)
		m.Wait = time.Second
		Expect(m.Restart(context.Background(), process)).To(MatchError(ContainSubstring("does not run again")))
	})

	It("is not the monit of this machine below another root", func() {
		Expect(repair.FindMonit("/", time.Second).Program).To(HaveSuffix("monit"))
		Expect(repair.FindMonit(root, time.Second).Restart(context.Background(), process)).To(MatchError(ContainSubstring("there is no monit on this machine")))
	})

	It("says that monit refuses, and that there is none", func() {
		m := answers(`echo 'There is no service by that name'; exit 1`)
		Expect(m.Restart(context.Background(), process)).To(MatchError(ContainSubstring("There is no service by that name")))
		m.Program = "no-such-monit"
		Expect(m.Restart(context.Background(), process)).To(MatchError(ContainSubstring("restart the jobs by hand")))
	})
})
