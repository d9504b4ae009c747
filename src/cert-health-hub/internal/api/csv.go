package api

import (
	"context"
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cert-health/hub/internal/catalog"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// csvResponse describes an answer in CSV.
func csvResponse() map[string]*huma.Response {
	return map[string]*huma.Response{"200": {Description: "a table with a header",
		Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}}}
}

// table writes rows as they are made.
func table(name string, header []string, rows func(write func(...string))) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "text/csv; charset=utf-8; header=present")
		ctx.SetHeader("Content-Disposition", `attachment; filename="`+name+`.csv"`)
		w := csv.NewWriter(ctx.BodyWriter())
		w.UseCRLF = true
		_ = w.Write(header)
		rows(func(cells ...string) {
			for i := range cells {
				cells[i] = inert(cells[i])
			}
			_ = w.Write(cells) // an error is that of a client that is gone
		})
		w.Flush()
	}}
}

// inert makes a cell that no spreadsheet takes for a formula. Control characters are escaped.
func inert(cell string) string {
	clean := report.Printable(cell)
	if strings.ContainsAny(firstRune(strings.TrimLeft(clean, " \u00a0'")), "=+-@|%\\＝＋－＠") {
		return "'" + clean
	}
	return clean
}

func firstRune(text string) string {
	for _, r := range text {
		return string(r)
	}
	return ""
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func (s *service) csvCertificates(_ context.Context, in *listInput) (*huma.StreamResponse, error) {
	v, q, err := s.selected(in)
	if err != nil {
		return nil, err
	}
	header := []string{"id", "name", "state", "severity", "not_before", "not_after", "subject", "issuer", "serial", "ca", "key", "sans", "places", "findings", "steps", "acknowledged_until"}
	return table("certificates", header, func(write func(...string)) {
		for _, e := range v.All(q) {
			write(certificateRow(e)...)
		}
	}), nil
}

func certificateRow(e *catalog.Entry) []string {
	var places, messages, todo []string
	for _, p := range e.Placements[:min(len(e.Placements), maxListed)] {
		places = append(places, p.Source+": "+p.Path)
	}
	for _, f := range e.Findings {
		messages = append(messages, f.Message)
		todo = append(todo, verdict.Join(f.Steps))
	}
	until := ""
	if e.Acknowledged != nil {
		until = stamp(e.Acknowledged.Until)
	}
	return []string{string(e.ID), e.Name(), string(e.State), e.Severity.String(), stamp(e.NotBefore), stamp(e.NotAfter), e.Subject, e.Issuer, e.Serial,
		strconv.FormatBool(e.CA), keyName(e), strings.Join(e.SANs[:min(len(e.SANs), maxListed)], " "), strings.Join(places, "; "),
		strings.Join(messages, "; "), strings.Join(todo, "; "), until}
}

func (s *service) csvSources(context.Context, *struct{}) (*huma.StreamResponse, error) {
	v, err := s.view()
	if err != nil {
		return nil, err
	}
	header := []string{"name", "type", "state", "reason", "last_success", "next_attempt", "items", "certificates"}
	return table("sources", header, func(write func(...string)) {
		for _, source := range v.Sources() {
			write(source.Name, source.Type, string(source.State), source.Reason, stamp(source.LastSuccess), stamp(source.NextAttempt),
				strconv.Itoa(source.Items), strconv.Itoa(source.Counts.Total()))
		}
	}), nil
}

func (s *service) csvEvents(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
	page, err := s.eventsPage(ctx, in)
	if err != nil {
		return nil, err
	}
	return table("events", []string{"id", "at", "kind", "actor", "subject", "text"}, func(write func(...string)) {
		for _, e := range page {
			write(strconv.FormatInt(e.ID, 10), stamp(e.At), e.Kind, e.Actor, e.Subject, e.Text)
		}
	}), nil
}
