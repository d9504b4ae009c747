package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/atomicfile"
	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/served"
)

// memory is what the agent keeps over restarts: a restart while Vault is down loses no
// knowledge, a restart of all agents makes no index of Vault, and a restart while a
// certificate is expired sends no second alert. It holds only public data about the
// certificates of this VM. It is safe for concurrent use.
type memory struct {
	path     string
	failures *failures

	mutex sync.Mutex
	data  memoryData
}

// memoryData is the contents of the memory's file.
type memoryData struct {
	// Scope is the part of the source that the knowledge is from.
	Scope     string               `json:"store,omitempty"`
	Knowledge *reference.Knowledge `json:"knowledge,omitempty"`
	// Hours counts the requests to the source, by hours since 1970.
	Hours  []hour               `json:"requests,omitempty"`
	Alerts map[alert.Class]sent `json:"alerts,omitempty"`
	// Arrivals are the times at which certificates came into files.
	Arrivals arrivals `json:"arrivals,omitzero"`
	// PlainPorts speak no TLS.
	PlainPorts []served.PlainPort `json:"plain_ports,omitempty"`
	// Behind are certificates that processes served in place of newer ones in their files.
	Behind []served.Kept `json:"behind,omitempty"`
}

// hour is the number of requests within one hour.
type hour struct {
	Hour     int64 `json:"hour"`
	Requests int   `json:"requests"`
}

// sent is an alert that was delivered.
type sent struct {
	Key string    `json:"key"` // of its items
	At  time.Time `json:"at"`
	// Known are the digests of all its items, and Named the fingerprints of those that it names.
	Known string `json:"known,omitempty"`
	Named string `json:"named,omitempty"`
}

// readMemory reads the memory. A missing file is an empty memory, and so is an unreadable
// one, for which an error is returned too.
func readMemory(dir dataDir, now time.Time, failures *failures) (*memory, error) {
	m := &memory{path: dir.memory(), failures: failures}
	err := atomicfile.ReadJSON(string(dir), memoryFile, maxMemory, &m.data)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return m, nil
	case err != nil:
		m.data = memoryData{}
		return m, fmt.Errorf("the agent's memory is lost: %w", err)
	}
	m.data.validate(now)
	return m, nil
}

// validate drops what the agent cannot have written, and what it wrote before the clock was set
// back: a time in the future would put off reminders and searches for as long.
func (d *memoryData) validate(now time.Time) {
	d.Hours = slices.DeleteFunc(d.Hours, func(h hour) bool { return h.Requests < 0 || h.Hour > now.Unix()/3600 })
	maps.DeleteFunc(d.Alerts, func(class alert.Class, _ sent) bool { return !slices.Contains(alert.Classes(), class) })
	d.Arrivals.rewind(now)
}

// save writes the memory to its file.
func (m *memory) save() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	contents, err := json.Marshal(m.data)
	if err == nil && len(contents) >= maxMemory {
		err = fmt.Errorf("it has more than %d bytes", maxMemory)
	}
	if err == nil {
		err = atomicfile.Update(m.path, fileMode, append(contents, '\n'))
	}
	m.failures.note("saving the memory", err)
}

// knowledge returns what is known of a scope. What was known of another is forgotten.
func (m *memory) knowledge(scope string) *reference.Knowledge {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.data.Scope != scope {
		m.data.Scope, m.data.Knowledge = scope, nil
	}
	if m.data.Knowledge == nil {
		m.data.Knowledge = &reference.Knowledge{}
	}
	return m.data.Knowledge
}

// learn stores new knowledge, and counts the requests that it took.
func (m *memory) learn(knowledge *reference.Knowledge, requests int, now time.Time) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.data.Knowledge = knowledge
	this := now.Unix() / 3600
	hours := slices.DeleteFunc(m.data.Hours, func(h hour) bool { return h.Hour <= this-24 || h.Hour > this })
	if last := len(hours) - 1; last >= 0 && hours[last].Hour == this {
		hours[last].Requests += requests
	} else {
		hours = append(hours, hour{this, requests})
	}
	m.data.Hours = hours
}

// requestsDay is the number of requests within the last 24 hours.
func (m *memory) requestsDay() int {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	sum := 0
	for _, h := range m.data.Hours {
		sum += h.Requests
	}
	return sum
}

// sentAlerts returns the alerts that the Health Monitor has and that are not cleared.
func (m *memory) sentAlerts() map[alert.Class]sent {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	alerts := map[alert.Class]sent{}
	maps.Copy(alerts, m.data.Alerts)
	return alerts
}

// setSentAlerts replaces them, and saves the memory if that changes anything.
func (m *memory) setSentAlerts(alerts map[alert.Class]sent) {
	m.mutex.Lock()
	changed := !maps.Equal(m.data.Alerts, alerts)
	m.data.Alerts = alerts
	m.mutex.Unlock()
	if changed {
		m.save()
	}
}

// noteArrivals, settleArrivals and earlier are those of type arrivals.
func (m *memory) noteArrivals(deployed []cert.Deployed, now time.Time) (changed bool) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.data.Arrivals.note(deployed, now)
}

func (m *memory) settleArrivals(observed []cert.Arrival, processes []cert.Process) (settled bool) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.data.Arrivals.settle(observed, processes)
}

// watchedUntil is the time of the last scan; zero before the first one.
func (m *memory) watchedUntil() time.Time {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.data.Arrivals.Seen
}

func (m *memory) earlier() cert.History {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return cert.History{Arrivals: m.data.Arrivals.list(), Departures: m.data.Arrivals.Gone.list()}
}

// plainPorts are the ports that speak no TLS. Who uses them checks whether they are valid.
func (m *memory) plainPorts() []served.PlainPort {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.data.PlainPorts
}

// behind are the certificates in place of newer ones. Who uses them checks whether they are valid.
func (m *memory) behind() []served.Kept {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.data.Behind
}

// setServed replaces both, and returns whether that changes anything.
func (m *memory) setServed(ports []served.PlainPort, behind []served.Kept) (changed bool) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	changed = !slices.EqualFunc(m.data.PlainPorts, ports, served.PlainPort.Equal) || !slices.EqualFunc(m.data.Behind, behind, served.Kept.Equal)
	m.data.PlainPorts, m.data.Behind = ports, behind
	return changed
}
