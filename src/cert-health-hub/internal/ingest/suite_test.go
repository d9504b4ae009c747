package ingest_test

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/db/dbtest"
)

func TestIngest(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(time.Minute) // a busy machine is slow
	RunSpecs(t, "Ingest")
}

// postgres is the one PostgreSQL server of the suite, or nil.
var postgres *dbtest.Postgres

var _ = BeforeSuite(func(ctx context.Context) {
	var err error
	if postgres, err = dbtest.Start(ctx); err != nil {
		Expect(err).To(MatchError(dbtest.ErrNotInstalled))
		postgres = nil
		return
	}
	DeferCleanup(postgres.Close)
}, NodeTimeout(2*time.Minute))

var ctx = context.Background()
