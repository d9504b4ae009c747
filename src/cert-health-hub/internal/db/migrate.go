package db

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate runs the migrations that the database lacks.
func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB, log *slog.Logger, options ...goose.ProviderOption) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	quiet := goose.WithSlog(slog.New(slog.DiscardHandler))
	provider, err := goose.NewProvider(dialect, db, files, append(options, quiet, goose.WithDisableGlobalRegistry(true))...)
	if err != nil {
		return err
	}
	results, err := provider.Up(ctx)
	for _, result := range results {
		log.Info("database migrated", "version", result.Source.Version)
	}
	return err
}
