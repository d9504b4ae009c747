package db_test

import (
	"context"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/db/dbtest"
)

func TestDB(t *testing.T) {
	if work, ok := childsWork(); ok {
		work(t)
		return
	}
	RegisterFailHandler(Fail)
	RunSpecs(t, "DB")
}

// server is the one PostgreSQL server of the suite, or nil.
var server *dbtest.Postgres

var _ = BeforeSuite(func(ctx context.Context) {
	var err error
	if server, err = dbtest.Start(ctx); err != nil {
		Expect(err).To(MatchError(dbtest.ErrNotInstalled))
		server = nil
		return
	}
	DeferCleanup(server.Close)
}, NodeTimeout(2*time.Minute))

// place is one kind of database.
type place struct {
	name string
	url  func() string // of a new one
}

func (p place) String() string { return p.name }

// inPostgres makes a new database of the server.
func inPostgres() string {
	GinkgoHelper()
	if server == nil {
		Skip(dbtest.ErrNotInstalled.Error())
	}
	made, err := server.NewDatabase(context.Background())
	Expect(err).NotTo(HaveOccurred())
	return made
}

func inFile() string { return "sqlite:" + filepath.Join(GinkgoT().TempDir(), "hub?%20#.db") }

// places are all kinds. Each spec of the suite runs in each.
func places() []place { return []place{{"SQLite", inFile}, {"PostgreSQL", inPostgres}} }

func name(address string) string {
	parsed, err := url.Parse(address)
	Expect(err).NotTo(HaveOccurred())
	return strings.TrimPrefix(parsed.Path, "/")
}

func logger() *slog.Logger { return slog.New(slog.NewTextHandler(GinkgoWriter, nil)) }

// open opens a database for the time of the spec.
func open(address string) *db.DB {
	GinkgoHelper()
	d, err := db.Open(context.Background(), address, logger())
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(d.Close)
	Expect(d.Migrate(context.Background())).To(Succeed())
	return d
}

// noon is the time of the specs.
var noon = time.Date(2026, 11, 26, 12, 0, 0, 123456000, time.UTC)
