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

// read reads a line that has one of the searched words. It returns the words of a TLS stack and what people see, if
// the line has them: one of each, those whose text says the most. topic tells that the line may be about
// certificates and has neither.
func (t *Vocabulary) read(line string, file Speaker) (found []sighting, topic bool) {
	folded := lower(line)
	best, candidates := [2]*match{}, map[int32]bool{}
	t.search.all(folded, func(word int32) {
		e := &t.texts[word]
		if e.symptom == nil {
			topic = true
			return
		}
		if candidates[word] {
			return
		}
		candidates[word] = true
		kind := 0
		if e.symptom.Seen() {
			kind = 1
		}
		if best[kind] != nil && !e.saysMore(best[kind].entry) {
			return
		}
		if c, from, to, ok := e.text.Match(line, folded); ok {
			best[kind] = &match{e, c, from, to}
		}
	})
	for _, m := range best {
		if m != nil {
			found = append(found, t.sighting(m, line, folded, file))
		}
	}
	return found, topic && len(found) == 0
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
	for _, context := range t.known.Contexts {
		for _, text := range context.Texts {
			c, _, _, ok := text.Match(line, folded)
			if !ok {
				continue
			}
			if s.said == "" {
				s.said = context.Said
			}
			if s.peer.Host == "" {
				s.peer = parsePeer(c.Peer)
			}
		}
	}
}
