package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"cert-health/internal/alerts/incident"
	"cert-health/internal/atomicfile"
	"cert-health/internal/notify"
)

// maxMemory is the largest size of the memory's file, in bytes. The incident of 5,000 instances
// with twenty certificates each has 6 MB.
const maxMemory = 32 << 20

// memoryFile keeps the incidents over a restart of the Health Monitor.
type memoryFile struct {
	path   string
	newest newest[incident.Memory]
	outage outage
}

func newMemoryFile(path string, log notify.Logger) *memoryFile {
	return &memoryFile{path: path, newest: makeNewest[incident.Memory](), outage: outage{log: log, tag: "memory",
		begins: "the incidents cannot be saved: %s; after a restart of the Health Monitor they open again with the daily reminders",
		ends:   "the incidents are saved again"}}
}

// read returns what the file contains. Other processes of the plugin's user can replace it.
func (f *memoryFile) read() (incident.Memory, error) {
	var memory incident.Memory
	err := atomicfile.ReadJSON(filepath.Dir(f.path), filepath.Base(f.path), maxMemory, &memory)
	return memory, err
}

// run writes each memory that show takes. When the context ends it writes the last one and
// returns.
func (f *memoryFile) run(ctx context.Context) {
	atomicfile.RemoveTemporary(f.path)
	f.newest.run(ctx, func(memory incident.Memory) { f.outage.note(f.write(memory)) })
}

// write replaces the file. Names of certificates and next steps are no secrets.
func (f *memoryFile) write(memory incident.Memory) error {
	contents, err := json.Marshal(memory)
	if err == nil && len(contents) >= maxMemory {
		err = tooLarge(len(contents))
	}
	if err != nil {
		return err
	}
	return atomicfile.Update(f.path, 0o640, append(contents, '\n'))
}

func tooLarge(size int) error {
	return fmt.Errorf("the file has more than %d MB (%d bytes)", maxMemory>>20, size)
}

// remember reads the incidents of the time before the restart. Without them, the plugin starts
// with none.
func (p *Plugin) remember() {
	memory, err := p.memory.read()
	if err == nil {
		err = p.ledger.Restore(memory, p.clock.Now())
	}
	if err == nil {
		return
	}
	p.ledger.Lost()
	if !errors.Is(err, os.ErrNotExist) {
		p.log.Warn("memory", "the incidents of %s are lost: %s", p.memory.path, err)
	}
}

// save passes the incidents to the file if they have changed.
func (p *Plugin) save() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ledger.Changed() {
		p.memory.newest.show(p.ledger.Memory())
	}
}
