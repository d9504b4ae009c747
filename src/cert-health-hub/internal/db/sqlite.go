package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/pressly/goose/v3"
)

// sqliteConnections bounds the connections to a SQLite file. Each has a memory of its own.
const sqliteConnections = 4

// sqlite is the engine of a file. It is written by one transaction at a time. Another process, such
// as a command or a backup, may hold its lock for the time of busy_timeout, in milliseconds.
type sqlite struct {
	path   string
	file   os.FileInfo   // of what was opened
	writer chan struct{} // holds a value while one writes

	mu        sync.Mutex
	followers map[chan int64]topic
}

const pragmas = "?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)"

func openSQLite(ctx context.Context, path string, log *slog.Logger) (*DB, error) {
	if path == "" {
		return nil, errors.New("open database: the URL sqlite: names no file; write sqlite:PATH")
	}
	err := makeFile(path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w; make its directory, and let this user write there", err)
	}
	file, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	// The log of writes gets the permissions of the file by modeof.
	pool, err := driver.Open("file:" + (&url.URL{Path: path}).EscapedPath() + pragmas + "&modeof=" + url.QueryEscape(path))
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	pool.SetMaxOpenConns(sqliteConnections)
	pool.SetMaxIdleConns(sqliteConnections)
	d := newDB(pool, &sqlite{path: path, file: file, writer: make(chan struct{}, 1), followers: map[chan int64]topic{}}, log)
	if err := d.examine(ctx); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return d, nil
}

// makeFile makes a database that only this user can read. So is the index of its log, which the driver
// would let others read.
func makeFile(path string) error {
	for _, name := range []string{path, path + "-shm"} {
		file, err := os.OpenFile(filepath.Clean(name), os.O_RDWR|os.O_CREATE, 0o600)
		if err == nil {
			err = file.Close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// examine looks for damage in the file. It reads the whole file once.
func (d *DB) examine(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var result string
	err := insist(ctx, func() error { return d.sql.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&result) })
	if err == nil && result != "ok" {
		err = sqlite3.CORRUPT
	}
	return d.fault("open database", err)
}

func (s *sqlite) migrate(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return insist(ctx, func() error { return migrate(ctx, goose.DialectSQLite3, db, log) })
}

// insist does work again that failed because another process begins with the same new file: the change
// to a log of writes does not wait, and the library's migrations do not know of each other.
func insist(ctx context.Context, work func() error) (err error) {
	for range 5 {
		if err = work(); err == nil || errors.Is(err, sqlite3.FULL) || errors.Is(err, sqlite3.CORRUPT) || errors.Is(err, sqlite3.NOTADB) {
			return err
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
	return err
}

func (s *sqlite) lock(ctx context.Context) (unlock func(), err error) {
	if err := s.present(); err != nil {
		return nil, err
	}
	select {
	case s.writer <- struct{}{}:
		return func() { <-s.writer }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

var errReplaced = errors.New("the file was removed or replaced while the hub ran")

// present tells whether the file is still the one that was opened. What is written to one without a
// name is lost, and a new connection would open another file.
func (s *sqlite) present() error {
	now, err := os.Stat(s.path)
	if err == nil && os.SameFile(s.file, now) || err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil // SQLite itself tells what else is wrong
	}
	return errReplaced
}

func (s *sqlite) snapshot() *sql.TxOptions { return &sql.TxOptions{ReadOnly: true} }

func (s *sqlite) announce(context.Context, *sql.Tx, topic, int64) error { return nil }

func (s *sqlite) explain(err error) string {
	switch {
	case errors.Is(err, errReplaced):
		return s.path + " was removed or replaced while the hub ran; restart the hub: what it saves now would be lost"
	case errors.Is(err, sqlite3.BUSY), errors.Is(err, sqlite3.LOCKED):
		return "another process holds the lock of " + s.path + "; end it, or wait until it is done"
	case errors.Is(err, sqlite3.FULL):
		return "there is no room for " + s.path + "; make the disk larger or free some of it"
	case errors.Is(err, sqlite3.CORRUPT), errors.Is(err, sqlite3.NOTADB):
		return s.path + " is damaged; end the hub, move the file away with those that end in -wal and -shm, and put back a backup, or start without: then the hub collects again, and users and acknowledgements are lost"
	case errors.Is(err, sqlite3.READONLY), errors.Is(err, sqlite3.PERM), errors.Is(err, sqlite3.AUTH):
		return "this user may not write " + s.path + " or its directory; change their owner"
	case errors.Is(err, sqlite3.CANTOPEN):
		return s.path + " cannot be opened; check that its directory exists and that this user may write there"
	case errors.Is(err, sqlite3.IOERR):
		return "the disk of " + s.path + " fails to read or write: make room if it is full, or look into the log of the system"
	}
	return ""
}
