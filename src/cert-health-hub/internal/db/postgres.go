package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// postgresConnections bounds the connections of one hub. PostgreSQL has 100 for all by default.
const postgresConnections = 10

// parameters of each session. The server ends a transaction, or a lead, whose hub has lost its
// machine or its network: others wait for both.
func parameters() map[string]string {
	return map[string]string{
		"application_name":                    "cert-health-hub",
		"idle_in_transaction_session_timeout": "15000", // milliseconds
		"tcp_keepalives_idle":                 "5",     // seconds
		"tcp_keepalives_interval":             "5",
		"tcp_keepalives_count":                "3",
	}
}

// postgres is the engine of a PostgreSQL server, which several hubs may share.
type postgres struct{ config *pgx.ConnConfig }

func openPostgres(url string, log *slog.Logger) (*DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil { // its text may quote the URL
		return nil, errors.New("open database: the URL is not one of PostgreSQL; write postgres://USER:PASSWORD@HOST/DATABASE, with % and two hex digits for special characters of the password")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	for name, value := range parameters() {
		if _, set := config.RuntimeParams[name]; !set {
			config.RuntimeParams[name] = value
		}
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(postgresConnections)
	pool.SetMaxIdleConns(postgresConnections)
	pool.SetConnMaxLifetime(time.Hour)
	return newDB(pool, &postgres{config}, log), nil
}

func (p *postgres) migrate(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	// It tries each second, five minutes long.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return err
	}
	return migrate(ctx, goose.DialectPostgres, db, log, goose.WithSessionLocker(locker))
}

// lock does nothing: the row of counters that each change updates first is the lock.
func (p *postgres) present() error { return nil } // its server cares for its files

func (p *postgres) lock(context.Context) (unlock func(), err error) { return func() {}, nil }

func (p *postgres) snapshot() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

func (p *postgres) explain(err error) string {
	server := fmt.Sprintf("PostgreSQL at %s", net.JoinHostPort(p.config.Host, fmt.Sprint(p.config.Port)))
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return p.refusal(server, refused)
	}
	if isLost(err) {
		return server + silent
	}
	return ""
}

// isLost tells whether there is no connection, or it broke.
func isLost(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	if errors.As(err, &connect) || pgconn.SafeToRetry(err) {
		return true
	}
	for _, end := range []error{pgconn.ErrConnClosed, driver.ErrBadConn, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, end) {
			return true
		}
	}
	return errors.As(err, &network) && !errors.Is(err, context.DeadlineExceeded)
}

// silent is the same whether the server ends, is down or starts: it is one cause.
const silent = " does not answer; check that it runs and that this machine reaches it"

// refusal explains the error codes of PostgreSQL. Others are told in its own words, which quote no values.
func (p *postgres) refusal(server string, e *pgconn.PgError) string {
	switch {
	case e.Code == "28P01" || e.Code == "28000":
		return server + " refuses the user or the password; correct database.url"
	case e.Code == "3D000":
		return server + " has no such database; create it, or correct database.url"
	case e.Code == "42501":
		return server + " lets this user not do it; make the user the owner of the database and its tables"
	case e.Code == "42P01":
		return server + " has no tables of the hub; run cert-health-hub migrate"
	case e.Code == "53100":
		return server + " has no room on its disk; make the disk larger or free some of it"
	case e.Code == "53300":
		return server + " has no connection left; raise max_connections, or end other clients"
	case e.Code == "25006":
		return server + " is a copy that cannot be written; let database.url name the primary server"
	case strings.HasPrefix(e.Code, "57P"): // it ends or starts
		return server + silent
	case strings.HasPrefix(e.Code, "XX"):
		return server + " has damaged data; look into its log, and restore a backup"
	}
	return server + " refuses: " + e.Message
}
