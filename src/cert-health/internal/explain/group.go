package explain

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"cert-health/internal/knowledge"
)

// The bounds of what a reader keeps. More is counted, without names.
const (
	maxGroups   = 2000
	maxPatterns = 200
	maxNames    = 20 // of instances, for one group
)

// Group is all lines that say the same: the words of one symptom, from one job, about one peer and one end of a
// certificate.
type Group struct {
	Symptom   *knowledge.Symptom
	Said      knowledge.Side
	Job       string
	Peer      Peer
	End       time.Time
	Begin     time.Time
	Name      string
	File      string
	Lines     int
	First     time.Time // zero if no line has a time
	Last      time.Time
	Instances []string // that wrote the lines, at most maxNames
	Words     string   // of the first line
	Log       string   // that has the first line
}

// groupKey tells groups apart.
type groupKey struct {
	id, job, host, port, name, file string
	said                            knowledge.Side
	end                             int64
}

// Sightings are all groups of all logs, and what could not be read.
type Sightings struct {
	Groups   []*Group
	Unread   []Pattern // lines that may be about certificates and have no known words, most frequent first
	Unlisted int       // such lines that are in no pattern, because there are too many of them
	Merged   int       // lines whose peer was dropped, because there are too many groups
	Long     int       // lines that were read in pieces
	Lines    int64
	Bytes    int64
	Logs     int // files and streams that were read
}

// collector collects the groups of several workers.
type collector struct {
	mutex    sync.Mutex
	groups   map[groupKey]*Group
	patterns map[string]*Pattern
	total    Sightings
}

func newCollector() *collector {
	return &collector{groups: map[groupKey]*Group{}, patterns: map[string]*Pattern{}}
}

// add counts a line. log is the name of the file that has it.
func (c *collector) add(s *sighting, log string) {
	key := groupKey{id: s.symptom.ID, job: s.speaker.Job, host: s.peer.Host, port: s.peer.Port, name: s.name, file: s.file, said: s.said, end: s.end.Unix()}
	if s.said == knowledge.Server {
		key.port = "" // a client's port is another one each time
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	g := c.groups[key]
	if g == nil && len(c.groups) >= maxGroups {
		c.total.Merged++
		key.host, key.port, key.name, key.file = "", "", "", ""
		if g = c.groups[key]; g == nil && len(c.groups) >= 2*maxGroups {
			return
		}
	}
	if g == nil {
		g = &Group{Symptom: s.symptom, Said: s.said, Job: key.job, Peer: Peer{key.host, key.port}, End: s.end, Begin: s.begin, Name: key.name, File: key.file, Words: s.words, Log: log}
		c.groups[key] = g
	}
	g.count(s)
}

func (g *Group) count(s *sighting) {
	g.Lines++
	if i := s.speaker.Instance; i != "" && len(g.Instances) < maxNames && !slices.Contains(g.Instances, i) {
		g.Instances = append(g.Instances, i)
	}
	if s.at.IsZero() {
		return
	}
	if g.First.IsZero() || s.at.Before(g.First) {
		g.First = s.at
	}
	if s.at.After(g.Last) {
		g.Last = s.at
	}
}

// sum returns all that was collected, in an order that does not depend on the workers.
func (c *collector) sum() *Sightings {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	total := c.total
	for _, g := range c.groups {
		slices.Sort(g.Instances)
		total.Groups = append(total.Groups, g)
	}
	slices.SortFunc(total.Groups, func(a, b *Group) int {
		return cmp.Or(cmp.Compare(b.Lines, a.Lines), cmp.Compare(a.Symptom.ID, b.Symptom.ID), cmp.Compare(a.Job, b.Job),
			cmp.Compare(a.Peer.String(), b.Peer.String()), a.End.Compare(b.End), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Said, b.Said), cmp.Compare(a.File, b.File))
	})
	for _, p := range c.patterns {
		total.Unread = append(total.Unread, *p)
	}
	slices.SortFunc(total.Unread, func(a, b Pattern) int {
		return cmp.Or(cmp.Compare(b.Lines, a.Lines), cmp.Compare(a.Text, b.Text))
	})
	return &total
}
