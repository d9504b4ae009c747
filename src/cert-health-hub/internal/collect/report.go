package collect

import (
	"log/slog"

	"cert-health/hub/internal/inventory"
)

// maxLines is the largest number of lines about the items of one collection. The first collection of a
// source finds thousands.
const maxLines = 100

// report logs what has changed: when failures begin and end, and each item.
func (w *worker) report(before, after inventory.Health, m merged) {
	log := w.collector.log.With("source", w.Name, "type", w.Type)
	if after.Error != "" {
		if after.Error != before.Error {
			log.Error("the source cannot be collected", "error", after.Error)
		}
		return
	}
	if before.Error != "" {
		log.Info("the source can be collected again")
	}
	for _, part := range after.Unseen {
		if !had(before.Unseen, part) {
			log.Warn("a part of the source cannot be seen", "path", part.Path, "error", part.Reason)
		}
	}
	for _, part := range before.Unseen {
		if !had(after.Unseen, part) {
			log.Info("a part of the source can be seen again", "path", part.Path)
		}
	}
	w.lines(log, m)
	if len(m.changed)+len(m.gone) > 0 {
		log.Info("collected", "items", m.left, "changed", len(m.changed), "gone", len(m.gone), "requests", after.Requests, "took", after.Took.String())
	}
}

func (w *worker) lines(log *slog.Logger, m merged) {
	for i, change := range m.words {
		if i == maxLines {
			log.Info("more items changed", "count", len(m.words)-maxLines)
			return
		}
		log.Info("item "+change.what, "path", change.path)
	}
}

func had(parts []inventory.Unseen, part inventory.Unseen) bool {
	for _, other := range parts {
		if other == part {
			return true
		}
	}
	return false
}
