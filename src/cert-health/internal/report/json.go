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
	out := bufio.NewWriterSize(w, 64<<10) // a report of thousands of certificates is written in few pieces
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
	if err := indented(&frame, "").Encode(framed); err != nil {
		return err
	}
	// A JSON string contains no unescaped quote, so this match is the key.
	head, tail, _ := bytes.Cut(frame.Bytes(), []byte("\n  \"certificates\": []"))
	fmt.Fprintf(out, "%s\n  \"certificates\": [", head)
	var entry bytes.Buffer
	encoder := indented(&entry, "    ")
	for i := range r.Certificates {
		entry.Reset()
		if err := encoder.Encode(&r.Certificates[i]); err != nil {
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

// indented is an encoder that keeps its memory from value to value.
func indented(out *bytes.Buffer, prefix string) *json.Encoder {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent(prefix, "  ")
	return encoder
}
