package notify

import (
	"testing"

	"cert-health/internal/alert"
)

// TestClasses holds the table of classes complete: notices would name a class without a row by
// its code.
func TestClasses(t *testing.T) {
	classes := alert.Classes()
	if len(table) != len(classes) {
		t.Errorf("%d rows for %d classes", len(table), len(classes))
	}
	for i, class := range classes {
		if i < len(table) && table[i].class != class {
			t.Errorf("row %d is about %s and not about %s", i, table[i].class, class)
		}
	}
	for _, row := range table {
		if row.state == "" || row.end == "" {
			t.Errorf("the row %s has no words", row.class)
		}
	}
}
