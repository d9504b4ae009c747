package agent

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"strings"

	"cert-health/internal/atomicfile"
	"cert-health/internal/report"
	"cert-health/internal/uplink"
)

// sequenceFile is in the data directory. It holds a count that no message to the hub has reached yet.
const sequenceFile = "sequence.json"

const (
	// maxSequenceFile is more than the agent writes, in bytes.
	maxSequenceFile = 1 << 10
	// maxCount is the largest count that the hub's database holds with room to spare. Other processes
	// of the agent's user can write to the file.
	maxCount = 1 << 53
	// countsAhead is how many messages one write of the file is for: most of a day.
	countsAhead = 1000
)

// sequence numbers the messages to the hub. A restart goes on counting; if the file is lost, another
// sequence begins, which the hub takes for newer. It is for one goroutine.
type sequence struct {
	dir  dataDir
	root string
	next uplink.Sequence
	// kept is the count in the file. Those below may have been used.
	kept uint64
}

// newSequence goes on with the sequence of the agent before this one.
func newSequence(dir dataDir, root string) *sequence {
	s := &sequence{dir: dir, root: root}
	err := atomicfile.ReadJSON(string(dir), sequenceFile, maxSequenceFile, &s.next)
	if err != nil || s.next.Boot == "" || len(s.next.Boot) > uplink.MaxBoot || report.Printable(s.next.Boot) != s.next.Boot || s.next.Count > maxCount {
		s.begin()
	}
	s.kept = s.next.Count
	return s
}

// begin begins another sequence, named by the VM's boot and a random word.
func (s *sequence) begin() {
	boot, _ := atomicfile.ReadRegular(s.root+"/proc/sys/kernel/random/boot_id", maxTime)
	s.next, s.kept = uplink.Sequence{Boot: strings.TrimPrefix(strings.TrimSpace(string(boot))+"-"+rand.Text(), "-")}, 0
}

// take returns the next number. If the file cannot be written, the number is good all the same; after a
// restart the hub may take such numbers for old ones, and then another sequence begins.
func (s *sequence) take() (uplink.Sequence, error) {
	s.next.Count++
	err := error(nil)
	if s.next.Count >= s.kept {
		ahead := uplink.Sequence{Boot: s.next.Boot, Count: s.next.Count + countsAhead}
		contents, failed := json.Marshal(ahead)
		if err = errors.Join(failed, atomicfile.Write(s.dir.sequence(), fileMode, append(contents, '\n'))); err == nil {
			s.kept = ahead.Count
		}
	}
	return s.next, err
}

// renew writes the file again if it was removed.
func (s *sequence) renew() {
	if _, err := os.Lstat(s.dir.sequence()); err != nil {
		s.kept = 0
	}
}
