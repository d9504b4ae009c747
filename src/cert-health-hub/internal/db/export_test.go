package db

import (
	"context"
	"time"
)

// PruneCatalog prunes as a hub does that knows no fleet.
func PruneCatalog(ctx context.Context, d *DB, now time.Time) error { return d.pruneCatalog(ctx, now) }
