// Package db keeps what the hub knows in SQLite or PostgreSQL. Both run the same SQL text.
//
// The database holds public material only: certificates without keys, and hashes of passwords,
// tokens and cookies.
//
// Every change of what the catalog shows gets the next number of one sequence. A change is visible
// only when all changes with lower numbers are, so a hub that has seen the changes up to a number
// gets all later ones with Since. Reports and signs of life of agents have a sequence of their own:
// see FleetSince.
//
// Times are kept in microseconds.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// patience bounds each call that has no earlier deadline: a first collection of 20,000 items takes
// seconds, on a slow disk a minute.
const patience = 2 * time.Minute

// DB is an open database. Its methods may be called by several goroutines.
type DB struct {
	sql    *sql.DB
	engine engine
	log    *slog.Logger
	saving *saving
}

func newDB(pool *sql.DB, engine engine, log *slog.Logger) *DB {
	return &DB{pool, engine, log, newSaving()}
}

// engine is what differs between SQLite and PostgreSQL.
type engine interface {
	// migrate brings the tables up to date. Several processes may do so at once.
	migrate(ctx context.Context, db *sql.DB, log *slog.Logger) error
	// present tells whether the database is still the one that was opened.
	present() error
	// lock is called before each transaction that writes.
	lock(ctx context.Context) (unlock func(), err error)
	// snapshot are the options of a transaction that only reads, and sees one state of all tables.
	snapshot() *sql.TxOptions
	// announce tells other hubs of a change, when the transaction is committed.
	announce(ctx context.Context, tx *sql.Tx, about topic, sequence int64) error
	// announced is called after the commit.
	announced(about topic, sequence int64)
	// follow sends the numbers of changes until the context ends.
	follow(ctx context.Context, db *DB, about topic, into chan int64)
	// lead tries to become the leader.
	lead(ctx context.Context, db *DB) (term context.Context, end func(), ok bool)
	// explain says in a sentence what an error of the engine means, or nothing if it does not know.
	explain(err error) string
}

// Open opens the database at a URL: sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE. A SQLite
// file is made if there is none. A PostgreSQL server is not asked yet: see Ready.
func Open(ctx context.Context, url string, log *slog.Logger) (*DB, error) {
	switch scheme, rest, _ := strings.Cut(url, ":"); scheme {
	case "sqlite":
		return openSQLite(ctx, rest, log)
	case "postgres", "postgresql":
		return openPostgres(url, log)
	}
	// The URL may hold a password, so the error does not quote it.
	return nil, fmt.Errorf("open database: its URL begins with neither sqlite: nor postgres://; write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE")
}

// Close closes all connections.
func (d *DB) Close() error { return d.sql.Close() }

// SQL returns the pool of connections, for tests and for backups.
func (d *DB) SQL() *sql.DB { return d.sql }

// Migrate brings the tables up to date. Several hubs may call it at once.
func (d *DB) Migrate(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	return d.fault("migrate database", d.engine.migrate(ctx, d.sql, d.log))
}

// Ready tells whether the database answers and has its tables.
func (d *DB) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := d.engine.present(); err != nil {
		return d.fault("ask database", err)
	}
	if _, err := d.Sequence(ctx); err != nil {
		return err
	}
	if _, err := d.sequence(ctx, fleet); errors.Is(err, ErrNotFound) {
		return errors.New("ask database: its tables are those of an older release; run cert-health-hub migrate")
	} else if err != nil {
		return err
	}
	return nil
}

// Sequence returns the number of the last change.
func (d *DB) Sequence(ctx context.Context) (int64, error) { return d.sequence(ctx, catalog) }

func (d *DB) sequence(ctx context.Context, about topic) (sequence int64, err error) {
	err = d.sql.QueryRowContext(ctx, "SELECT value FROM counters WHERE name = $1", string(about)).Scan(&sequence)
	return sequence, d.fault("ask database", err)
}
