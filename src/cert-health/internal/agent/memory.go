package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/atomicfile"
	"cert-health/internal/config"
	"cert-health/internal/reference"
)

// memory is what the agent keeps from run to run, so that a restart while Vault
// is down costs no knowledge, one of a whole fleet costs Vault no index, and one while
// a certificate is expired costs no second alert. It holds public data only, about this
// VM's certificates only.
type memory struct {
	// Store tells of which store the knowledge is.
	Store     string               `json:"store,omitempty"`
	Knowledge *reference.Knowledge `json:"knowledge,omitempty"`
	// Hours counts the requests to the store, by the hours since 1970.
	Hours  []hour               `json:"requests,omitempty"`
	Alerts map[alert.Class]sent `json:"alerts,omitempty"`
	// Arrivals tells since when which certificate has stood where.
	Arrivals arrivals `json:"arrivals,omitzero"`
}

// hour is how many requests were sent within one.
type hour struct {
	Hour     int64 `json:"hour"`
	Requests int   `json:"requests"`
}

// sent is an alert that was handed over.
type sent struct {
	Key string    `json:"key"` // of what it said
	At  time.Time `json:"at"`
}

// recall reads the memory. One that is missing is empty, and so is one that
// cannot be read, of which the error tells.
func recall(path string) (memory, error) {
	m := memory{Alerts: map[alert.Class]sent{}}
	contents, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(contents, &m)
	}
	if err != nil {
		return memory{Alerts: map[alert.Class]sent{}}, fmt.Errorf("read what was remembered: %w", err)
	}
	if m.Alerts == nil {
		m.Alerts = map[alert.Class]sent{}
	}
	return m, nil
}

func (m memory) save(path string) error {
	contents, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return atomicfile.Update(path, fileMode, append(contents, '\n'))
}

// of makes the memory that of a store: what is known of another is forgotten.
func (m *memory) of(v config.Vault, paths []string) {
	store := strings.Join(append([]string{v.Address, v.Namespace, v.Mode}, paths...), " ")
	if m.Store != store {
		m.Store, m.Knowledge = store, nil
	}
	if m.Knowledge == nil {
		m.Knowledge = &reference.Knowledge{}
	}
}

// count books requests that were sent just now.
func (m *memory) count(requests int, now time.Time) {
	this := now.Unix() / 3600
	m.Hours = slices.DeleteFunc(m.Hours, func(h hour) bool { return h.Hour <= this-24 || h.Hour > this })
	if last := len(m.Hours) - 1; last >= 0 && m.Hours[last].Hour == this {
		m.Hours[last].Requests += requests
		return
	}
	m.Hours = append(m.Hours, hour{this, requests})
}

// requestsDay is how many requests were sent within a day.
func (m *memory) requestsDay() int {
	sum := 0
	for _, h := range m.Hours {
		sum += h.Requests
	}
	return sum
}
