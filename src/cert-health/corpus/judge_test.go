package corpus_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/explain"
	"cert-health/internal/knowledge"
)

// words are what is known about the words of programs.
var words = sync.OnceValues(func() (*knowledge.Symptoms, error) { return knowledge.LoadSymptoms("") })

// vocabulary is made once: it takes longer than to read a log.
var vocabulary = sync.OnceValue(func() *explain.Vocabulary {
	known, err := words()
	Expect(err).NotTo(HaveOccurred())
	return explain.NewVocabulary(known)
})

// explained is what explain makes of the log of a side.
func explained(c *contact, of side, log string) *explain.Answer {
	GinkgoHelper()
	known, err := words()
	Expect(err).NotTo(HaveOccurred())
	job := map[side]string{server: "ledger", client: "teller"}[of]
	r := explain.NewReader(vocabulary(), 1)
	Expect(r.Read(GinkgoT().Context(), fmt.Sprintf("/var/vcap/sys/log/%s/%s.stderr.log", job, job), strings.NewReader(log))).To(Succeed())
	return explain.Explain(r.Sightings(), known, surveyOf(c), time.Now())
}

// verdict is how well explain reads the log of a side.
type verdict string

const (
	right   verdict = "right"   // the certificate at fault comes first, and no other one is accused
	unnamed verdict = "unnamed" // the failure is found, and no certificate is named
	missed  verdict = "missed"  // the log has words about it that explain does not know
	wrong   verdict = "wrong"   // another certificate is accused, or one although none is at fault
	silent  verdict = "silent"  // the log says nothing about certificates, and explain accuses none
)

// closed are the words for the end of a connection. They say nothing about certificates.
var closed = regexp.MustCompile(`(?i)\bEOF\b|reset by peer|broken pipe|hang up|disconnected before|Aborted connection`)

// judge compares an answer with the truth.
func judge(c *contact, a *explain.Answer) verdict {
	result := silent
	for _, u := range a.Unread {
		if !closed.MatchString(u.Text) {
			result = missed
		}
	}
	for i, one := range a.Cases {
		switch {
		case one.Fault == knowledge.NotTLS:
		case c.accuses(one):
			if i == 0 {
				result = right
			}
		case len(one.Suspects) > 0:
			return wrong
		case i == 0 && !c.is(nothing, noVersion):
			result = unnamed
		}
	}
	return result
}

// accuses tells whether a case is about the certificate at fault. If a client has none, it is about the lack of it.
func (c *contact) accuses(one *explain.Case) bool {
	switch {
	case c.is(missing) && one.Fault == knowledge.NoCertificate:
		return one.As == knowledge.Client && len(one.Suspects) == 0
	case c.is(missing): // as a server of TLS 1.2 says it
		return one.As != knowledge.Server && len(one.Suspects) == 0 && strings.Contains(one.Sentence, "refused teller")
	}
	return c.material.culprit != nil && len(one.Suspects) > 0 && one.Suspects[0].Fingerprint == c.material.culprit.Fingerprint().String()
}
