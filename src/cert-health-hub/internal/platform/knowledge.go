package platform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"cert-health/internal/explain"
	"cert-health/internal/knowledge"
)

// Knowledge is what is known of platforms at any time: who talks to whom, and how programs word faults.
type Knowledge struct {
	edges    []knowledge.Edge
	symptoms *knowledge.Symptoms
	words    *explain.Vocabulary
}

// ReadKnowledge reads the built-in knowledge.
func ReadKnowledge() (*Knowledge, error) {
	edges, err := knowledge.LoadEdges("")
	if err != nil {
		return nil, err
	}
	symptoms, err := knowledge.LoadSymptoms("")
	if err != nil {
		return nil, err
	}
	return &Knowledge{edges: edges, symptoms: symptoms, words: explain.NewVocabulary(symptoms)}, nil
}

// MaxLog bounds a log that is explained, in bytes. cert-health explain reads logs of any size.
const MaxLog = 8 << 20

// ErrLong says that a log is longer than that.
var ErrLong = fmt.Errorf("the log has more than %d MB: run cert-health explain FILE, which reads logs of any size", MaxLog>>20)

// Explanation reads logs, which are neither kept nor logged.
type Explanation struct {
	look   *Look
	reader *explain.Reader
	left   int64
}

// Explain begins an explanation.
func (l *Look) Explain() *Explanation {
	return &Explanation{look: l, reader: explain.NewReader(l.known.words, runtime.GOMAXPROCS(0)), left: MaxLog}
}

// Read reads a log to its end. All logs together have MaxLog bytes at most.
func (e *Explanation) Read(ctx context.Context, log io.Reader) error {
	limited := &io.LimitedReader{R: log, N: e.left + 1}
	err := e.reader.Read(ctx, "", limited)
	e.left = limited.N - 1
	switch {
	case e.left < 0:
		return ErrLong
	case errors.Is(err, explain.ErrBinary), errors.Is(err, explain.ErrEndless):
		return fmt.Errorf("the log cannot be read: %w; paste the lines themselves", err)
	}
	return err
}

// Answer says which certificates the logs are about.
func (e *Explanation) Answer() *explain.Answer {
	return explain.Explain(e.reader.Sightings(), e.look.known.symptoms, e.look.Survey, e.look.At)
}
