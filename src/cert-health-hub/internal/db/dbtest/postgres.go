// Package dbtest runs a real PostgreSQL server for tests, in a temporary directory.
package dbtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// ErrNotInstalled says that this machine has no PostgreSQL server.
var ErrNotInstalled = errors.New("PostgreSQL is not installed: apt-get install postgresql")

// account is who runs the server when root runs the tests: it refuses root.
const account = "postgres"

// Postgres is a server on loopback that trusts everybody.
type Postgres struct {
	programs, directory string
	port                int
	identity            *syscall.Credential
	databases           int
}

// Start makes a server and starts it. Close it after use.
func Start(ctx context.Context) (*Postgres, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return nil, errors.Join(ErrNotInstalled, err)
	}
	p := &Postgres{programs: filepath.Dir(slices.Max(found))}
	if err := p.prepare(); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	err = p.run(ctx, "initdb", "-D", p.data(), "-A", "trust", "-U", account, "--no-sync", "--no-locale", "-E", "UTF8")
	if err == nil {
		err = p.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *Postgres) data() string { return filepath.Join(p.directory, "data") }

// prepare makes a directory of the account, and finds a free port.
func (p *Postgres) prepare() (err error) {
	if p.directory, err = os.MkdirTemp("", "postgres"); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	p.port = listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil || os.Geteuid() != 0 {
		return err
	}
	who, err := user.Lookup(account)
	if err != nil {
		return err
	}
	uid, errUID := strconv.ParseUint(who.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(who.Gid, 10, 32)
	p.identity = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return errors.Join(errUID, errGID, os.Chown(p.directory, int(uid), int(gid)))
}

func (p *Postgres) run(ctx context.Context, program string, arguments ...string) error {
	log, err := os.CreateTemp("", "postgres-log")
	if err != nil {
		return err
	}
	defer func() { _ = errors.Join(log.Close(), os.Remove(log.Name())) }()
	// The server keeps standard output open, so that it is a file and no pipe.
	command := exec.CommandContext(ctx, filepath.Join(p.programs, program), arguments...)
	command.Dir, command.Stdout, command.Stderr = p.directory, log, log
	command.SysProcAttr = &syscall.SysProcAttr{Credential: p.identity}
	if err := command.Run(); err != nil {
		said, _ := os.ReadFile(log.Name())
		return fmt.Errorf("run %s: %w: %s", program, err, bytes.TrimSpace(said))
	}
	return nil
}

// Start starts the server again after Stop.
func (p *Postgres) Start(ctx context.Context) error {
	options := fmt.Sprintf("-c fsync=off -c listen_addresses=127.0.0.1 -p %d -k %s", p.port, p.directory)
	return p.run(ctx, "pg_ctl", "-D", p.data(), "-w", "-t", "60", "-l", filepath.Join(p.directory, "log"), "-o", options, "start")
}

// Stop ends the server at once, as a crash does. All connections break.
func (p *Postgres) Stop(ctx context.Context) error {
	return p.run(ctx, "pg_ctl", "-D", p.data(), "-w", "-t", "60", "-m", "immediate", "stop")
}

// Close ends the server and removes its directory.
func (p *Postgres) Close() error {
	if _, err := os.Stat(filepath.Join(p.data(), "postmaster.pid")); err == nil {
		if err := p.Stop(context.Background()); err != nil {
			return err
		}
	}
	return os.RemoveAll(p.directory)
}

// URL is that of a database.
func (p *Postgres) URL(database string) string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable", account, p.port, database)
}

// Exec runs statements in a database, as the server's administrator.
func (p *Postgres) Exec(ctx context.Context, database string, statements ...string) error {
	conn, err := pgx.Connect(ctx, p.URL(database))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// NewDatabase makes an empty database and returns its URL.
func (p *Postgres) NewDatabase(ctx context.Context) (url string, err error) {
	p.databases++
	name := fmt.Sprintf("test%d", p.databases)
	return p.URL(name), p.Exec(ctx, "postgres", "CREATE DATABASE "+name)
}
