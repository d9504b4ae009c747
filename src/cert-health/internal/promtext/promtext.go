// Package promtext writes Prometheus' text format, version 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
//
// The format is written by hand. It has one line for each sample and three characters
// to escape; client_golang makes the agent 2.8 MB larger for it, and expfmt, which
// builds all samples in memory first, 1.8 MB.
package promtext

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"time"
)

// ContentType is the media type of the format.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Type is the type of a metric.
type Type string

// The types in use.
const (
	Gauge   Type = "gauge"
	Counter Type = "counter"
)

// Label is one label of a sample. A label without a value is not written: for Prometheus,
// an empty label and a missing one are the same.
type Label struct{ Name, Value string }

// Writer writes metrics. Call Metric, then Sample for each of its samples, and Flush at
// the end.
type Writer struct {
	out      *bufio.Writer
	constant []byte // the labels of every sample, rendered
	name     string
	help     string
	kind     Type
	begun    bool // HELP and TYPE are written
	line     []byte
}

// NewWriter returns a writer that gives every sample these labels first.
func NewWriter(out io.Writer, constant ...Label) *Writer {
	return &Writer{out: bufio.NewWriter(out), constant: Render(constant...)}
}

// Metric begins a metric. HELP and TYPE are written with its first sample: a metric
// without samples leaves no trace. The help is one line without a backslash.
func (w *Writer) Metric(name string, kind Type, help string) {
	w.name, w.kind, w.help, w.begun = name, kind, help, false
}

// Sample writes one sample of the metric, with its labels in the given order.
func (w *Writer) Sample(value float64, labels ...Label) {
	w.line = appendLabels(w.line[:0], labels)
	w.SampleRendered(value, w.line)
}

// SampleRendered is Sample for labels that Render has rendered.
func (w *Writer) SampleRendered(value float64, labels []byte) {
	if !w.begun {
		w.begun = true
		fmt.Fprintf(w.out, "# HELP %s %s\n# TYPE %s %s\n", w.name, w.help, w.name, w.kind)
	}
	w.out.WriteString(w.name)
	if len(w.constant)+len(labels) > 0 {
		w.out.WriteByte('{')
		w.out.Write(w.constant)
		if len(w.constant) > 0 && len(labels) > 0 {
			w.out.WriteByte(',')
		}
		w.out.Write(labels)
		w.out.WriteByte('}')
	}
	// Without an exponent, so that people can read a time.
	fmt.Fprintf(w.out, " %s\n", strconv.FormatFloat(value, 'f', -1, 64))
}

// Flush writes what is still buffered, and returns the first error of all writes.
func (w *Writer) Flush() error {
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write the metrics: %w", err)
	}
	return nil
}

// Count is the value of a number.
func Count[N int | uint64](n N) float64 { return float64(n) }

// Bool is the value of a condition: 1 or 0.
func Bool(condition bool) float64 {
	if condition {
		return 1
	}
	return 0
}

// Time is the value of a moment: seconds since 1970, or 0 for the zero time.
func Time(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Unix())
}
