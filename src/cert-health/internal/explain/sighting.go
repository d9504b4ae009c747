package explain

import (
	"time"

	"cert-health/internal/knowledge"
)

// sighting is one line with the words of a symptom.
type sighting struct {
	symptom *knowledge.Symptom
	said    knowledge.Side
	end     time.Time // of the certificate at fault
	begin   time.Time
	name    string // that the client expected, or that of the CA
	file    string // that cannot be loaded
	peer    Peer
	speaker Speaker
	at      time.Time
	words   string // of the line, without what surrounds them
}

// sides are words of a line that tell its side where neither the symptom nor a context does.
func sides() map[string]knowledge.Side {
	return map[string]knowledge.Side{
		"server certificate": knowledge.Client, "server's certificate": knowledge.Client,
		"client certificate": knowledge.Server, "client's certificate": knowledge.Server,
	}
}

// read returns the words of a TLS stack and what people see, if a line has them: one of each, those whose text says
// the most. candidates are the searched words that it has.
func (t *Vocabulary) read(line string, candidates []int32, file Speaker) (found []sighting) {
	folded := lower(line)
	best := [2]*match{}
	for _, word := range candidates {
		e := &t.texts[word]
		if e.symptom == nil {
			continue
		}
		kind := 0
		if e.symptom.Seen() {
			kind = 1
		}
		if best[kind] != nil && !e.saysMore(best[kind].entry) {
			continue
		}
		if c, from, to, ok := e.text.Match(line, folded); ok {
			best[kind] = &match{e, c, from, to}
		}
	}
	for _, m := range best {
		if m != nil {
			found = append(found, t.sighting(m, line, folded, file))
		}
	}
	return found
}

// isTopic tells whether one of the words is that of a topic, and whether none is that of a symptom.
func (t *Vocabulary) isTopic(candidates []int32) (topic, only bool) {
	only = true
	for _, word := range candidates {
		if t.texts[word].symptom == nil {
			topic = true
		} else {
			only = false
		}
	}
	return topic, only
}

// saysMore tells whether the words say more than those of another entry: why, and then how much.
func (e *entry) saysMore(other *entry) bool {
	why, otherWhy := e.symptom.Fault != knowledge.Refused, other.symptom.Fault != knowledge.Refused
	if why != otherWhy {
		return why
	}
	return e.text.Weight() > other.text.Weight()
}

// match is where an entry has matched a line.
type match struct {
	*entry
	captures knowledge.Captures
	from, to int
}

// sighting completes what the words say with the rest of the line.
func (t *Vocabulary) sighting(m *match, line, folded string, file Speaker) sighting {
	c := m.captures
	s := sighting{
		symptom: m.symptom, said: m.symptom.Said, end: c.End, begin: c.Begin, name: c.Name, file: c.File,
		peer: parsePeer(c.Peer), speaker: t.speaker(line, file), at: moment(line), words: line[m.from:min(m.to, m.from+maxWords)],
	}
	if s.at.IsZero() {
		s.at = c.Now
	}
	if m.symptom.Seen() {
		return s
	}
	t.surroundings(&s, line, folded)
	if s.peer.Host == "" {
		s.peer = nearest(line, m.from)
	}
	if s.said == "" {
		for words, side := range sides() {
			if containsWord(folded, words) {
				s.said = side
			}
		}
	}
	return s
}

// maxWords is how many bytes of the words of a line are kept.
const maxWords = 300

// surroundings takes from the contexts of a line what its words do not say.
func (t *Vocabulary) surroundings(s *sighting, line, folded string) {
	for _, word := range t.around.all([]byte(folded), nil) {
		own := &t.contexts[word]
		c, _, _, ok := own.text.Match(line, folded)
		if !ok {
			continue
		}
		if s.said == "" {
			s.said = own.context.Said
		}
		if s.peer.Host == "" {
			s.peer = parsePeer(c.Peer)
		}
	}
}
