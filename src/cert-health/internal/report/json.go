package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// WriteJSON writes the report as one indented JSON document. It encodes one certificate at a
// time, because an indented document needs several times the memory of the report.
func (r *Report) WriteJSON(w io.Writer) error {
	out := bufio.NewWriter(w)
	if err := r.writeJSON(out); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func (r *Report) writeJSON(out *bufio.Writer) error {
	var frame bytes.Buffer
	framed := *r
	framed.Certificates = []Certificate{}
	if err := indented(&frame, framed, ""); err != nil {
		return err
	}
	// A JSON string contains no unescaped quote, so this match is the key.
	head, tail, _ := bytes.Cut(frame.Bytes(), []byte("\n  \"certificates\": []"))
	fmt.Fprintf(out, "%s\n  \"certificates\": [", head)
	var entry bytes.Buffer
	for i := range r.Certificates {
		entry.Reset()
		if err := indented(&entry, &r.Certificates[i], "    "); err != nil {
			return err
		}
		separator := ",\n    "
		if i == 0 {
			separator = "\n    "
		}
		fmt.Fprintf(out, "%s%s", separator, bytes.TrimSpace(entry.Bytes()))
	}
	if len(r.Certificates) > 0 {
		fmt.Fprint(out, "\n  ")
	}
	_, err := fmt.Fprintf(out, "]%s", tail)
	return err
}

func indented(out *bytes.Buffer, value any, prefix string) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent(prefix, "  ")
	return encoder.Encode(value)
}
