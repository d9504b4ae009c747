package collect

import (
	"time"

	"cert-health/hub/internal/inventory"
)

// Merge is merge for specs.
func Merge(source inventory.Health, known map[string]inventory.Stored, c *inventory.Collection, now time.Time) (changed []inventory.Stored, gone []string) {
	m := merge(source, known, c, now)
	return m.changed, m.gone
}
