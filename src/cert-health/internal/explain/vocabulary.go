package explain

import (
	"cert-health/internal/knowledge"
)

// Vocabulary is the knowledge in the form in which lines are compared with it. Readers can share it.
type Vocabulary struct {
	known    *knowledge.Symptoms
	search   *automaton    // finds the lines to look at
	texts    []entry       // by the number of the word in search
	troubles *automaton    // words of trouble
	around   *automaton    // finds the contexts of a line
	contexts []surrounding // by the number of the word in around
	jobs     map[string]bool
}

// entry is one text of a symptom.
type entry struct {
	symptom *knowledge.Symptom // nil for a word that may be about certificates and is in no symptom's text
	text    knowledge.Text
}

// surrounding is one text of a context.
type surrounding struct {
	context *knowledge.Context
	text    knowledge.Text
}

// topics are words of lines that may be about certificates. If no symptom has the words of such a line, and it has a
// word of trouble, it is counted as not understood.
func topics() []string {
	return []string{"x509", "certificate", "handshake", "pkix", "openssl", "tls:", "ssl_", "ssl error", "ssl alert", "tls error", "sslexception", "sslerror"}
}

// troubles are words of lines that report a fault.
func troubles() []string {
	return []string{"error", "fail", "refus", "reject", "expired", "invalid", "unknown", "unable", "cannot", "could not", "denied", "mismatch", "not valid", "untrusted", "not trusted", "bad ", "exception", "unauthorized", "missing"}
}

// NewVocabulary makes the vocabulary of the symptoms.
func NewVocabulary(known *knowledge.Symptoms) *Vocabulary {
	t := &Vocabulary{known: known, troubles: newAutomaton(troubles()), jobs: map[string]bool{}}
	for _, c := range known.Certificates {
		for _, job := range append([]string{c.Server}, c.Client...) {
			t.jobs[job] = job != ""
		}
	}
	var words []string
	add := func(word string, e entry) {
		words = append(words, word)
		t.texts = append(t.texts, e)
	}
	for _, s := range known.Symptoms {
		for _, text := range s.Texts {
			add(text.Anchor(), entry{s, text})
		}
	}
	for _, topic := range topics() {
		add(topic, entry{})
	}
	t.search = newAutomaton(words)
	t.around = t.newContexts()
	return t
}

func (t *Vocabulary) newContexts() *automaton {
	var words []string
	for _, c := range t.known.Contexts {
		for _, text := range c.Texts {
			words = append(words, text.Anchor())
			t.contexts = append(t.contexts, surrounding{c, text})
		}
	}
	return newAutomaton(words)
}

// troubled tells whether a line has a word of trouble.
func (t *Vocabulary) troubled(line []byte) bool { return t.troubles.find(line, 0) >= 0 }
