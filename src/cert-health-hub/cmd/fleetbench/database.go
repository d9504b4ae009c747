package main

import (
	"context"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5"
)

// database is where the hub keeps what it knows.
type database struct{ kind, url, file string }

// size is the number of bytes on the disk.
func (d database) size(ctx context.Context) (size int64, err error) {
	if d.kind == "postgres" {
		conn, err := pgx.Connect(ctx, d.url)
		if err != nil {
			return 0, err
		}
		defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
		err = conn.QueryRow(ctx, "SELECT pg_database_size(current_database())").Scan(&size)
		return size, err
	}
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(d.file + suffix)
		if err != nil && !os.IsNotExist(err) {
			return 0, fmt.Errorf("look at the database: %w", err)
		}
		if err == nil {
			size += info.Size()
		}
	}
	return size, nil
}
