package fleet_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/db/dbtest"
)

// soon is the deadline of what takes a few seconds.
const soon = 90 * time.Second

// programs is the directory of the built programs.
var programs string

// postgres is the database server of the hub.
var postgres *dbtest.Postgres

var _ = BeforeSuite(func() {
	programs = must(os.MkdirTemp("", "fleet-e2e"))
	DeferCleanup(os.RemoveAll, programs)
	Expect(os.Chmod(programs, 0o755)).To(Succeed())
	for program, module := range map[string]string{"cert-health": "src/cert-health", "cert-health-hub": "src/cert-health-hub", "render": "spec"} {
		command := exec.Command("go", "build", "-o", filepath.Join(programs, program), "./cmd/"+program)
		command.Dir = filepath.Join(projectRoot, module)
		out, err := command.CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), string(out))
	}
	addUser()
	run("ip", "link", "set", "lo", "up")
	postgres = must(dbtest.Start(context.Background()))
	DeferCleanup(postgres.Close)
})
