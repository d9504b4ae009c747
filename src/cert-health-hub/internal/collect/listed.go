package collect

import (
	"slices"
	"strings"

	"cert-health/hub/internal/inventory"
)

// director is the type of the sources that list instances.
const director = "director"

// listed is what the Directors list.
type listed struct {
	instances []inventory.Listed
	known     bool
}

// Listed are the instances of all Directors, in the order of their keys. The slice must not be changed.
// They are known if a source of the type director is configured and has answered once; before that the
// list means nothing, and it means nothing before Loaded. A Director that fails keeps its last list.
func (c *Collector) Listed() (list []inventory.Listed, known bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.model.listed == nil {
		c.model.listed = c.model.list(c.workers)
	}
	return c.model.listed.instances, c.model.listed.known
}

func (m *model) list(configured map[string]*worker) *listed {
	l, answered, complete := &listed{}, false, true
	for name, w := range configured {
		if w.Type != director || m.sources[name].LastSuccess.IsZero() {
			continue
		}
		answered = true
		complete = complete && m.complete(name)
		for _, item := range m.items[name] {
			if item.Instance != nil {
				instance := *item.Instance
				instance.Since = item.FirstSeen
				l.instances = append(l.instances, instance)
			}
		}
	}
	l.known = answered && complete
	slices.SortFunc(l.instances, func(a, b inventory.Listed) int { return strings.Compare(string(a.Key()), string(b.Key())) })
	return l
}

// complete tells whether the instances of a source are known, if it is a Director. A hub of an older
// release has collected the deployments without them.
func (m *model) complete(source string) bool {
	for _, item := range m.items[source] {
		if item.Instance == nil && item.Kind == "deployment" && item.Version == "" && item.Unseen == "" {
			return false
		}
	}
	return true
}
