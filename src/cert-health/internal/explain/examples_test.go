package explain_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/explain"
	"cert-health/internal/knowledge"
)

// read returns the groups of a log.
func read(words *explain.Vocabulary, name, log string) *explain.Sightings {
	GinkgoHelper()
	r := explain.NewReader(words, 2)
	Expect(r.Read(GinkgoT().Context(), name, strings.NewReader(log))).To(Succeed())
	return r.Sightings()
}

// agrees compares a group with what an example says of its line.
func agrees(g *explain.Group, e knowledge.Example) {
	GinkgoHelper()
	if e.Said != "" {
		Expect(g.Said).To(Equal(e.Said), "said, in %s", e.Line)
	}
	if e.Whose != "" {
		Expect(g.Symptom.Whose).To(Equal(e.Whose), "whose, in %s", e.Line)
	}
	if e.Job != "" {
		Expect(g.Job).To(Equal(e.Job), "job, in %s", e.Line)
	}
	if e.Name != "" {
		Expect(g.Name).To(Equal(e.Name), "name, in %s", e.Line)
	}
	if !e.End.IsZero() {
		Expect(g.End).To(BeTemporally("==", e.End.Time), "end, in %s", e.Line)
	}
	if e.Peer != "" {
		peer := g.Peer.String()
		if g.Said == knowledge.Server { // a client's port is not kept
			peer, e.Peer = g.Peer.Host, strings.Split(e.Peer, ":")[0]
		}
		Expect(peer).To(Equal(e.Peer), "peer, in %s", e.Line)
	}
}

var _ = Describe("each symptom", func() {
	known, err := knowledge.LoadSymptoms("")
	It("is in files that can be read", func() { Expect(err).NotTo(HaveOccurred()) })
	if err != nil {
		return
	}
	words := explain.NewVocabulary(known)
	// All forms in which a log may have a line.
	forms := map[string]func(string) string{
		"as it is": func(line string) string { return line },
		"in JSON":  func(line string) string { return `{"time":"2026-11-27T04:00:00Z","msg":` + quoted(line) + `}` },
		"in JSON twice": func(line string) string {
			return `{"time":"2026-11-27T04:00:00Z","msg":` + quoted(`{"error":`+quoted(line)+`}`) + `}`
		},
		"in RFC 5424": func(line string) string {
			return `<14>1 2026-11-27T04:00:00.123Z 10.0.1.7 - rs2 - [instance@47450 director="" deployment="cf" group="diego-cell" az="z1" id="3f2a"] ` + line
		},
		"in capitals": strings.ToUpper,
	}

	for _, s := range known.Symptoms {
		for _, e := range s.Examples {
			for form, write := range forms {
				It(s.ID+" is found "+form+": "+e.Line, func() {
					found := read(words, e.File, write(e.Line)+"\n")
					var ids []string
					for _, g := range found.Groups {
						ids = append(ids, g.Symptom.ID)
						if g.Symptom == s && form == "as it is" {
							agrees(g, e)
						}
					}
					Expect(ids).To(ContainElement(s.ID))
					Expect(found.Unread).To(BeEmpty())
				})
			}
		}
	}

	for _, c := range known.Contexts {
		for _, e := range c.Examples {
			It("is surrounded by what tells the side and the peer: "+e.Line, func() {
				found := read(words, e.File, e.Line)
				Expect(found.Groups).NotTo(BeEmpty())
				agrees(found.Groups[0], e)
			})
		}
	}
})
