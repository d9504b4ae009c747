// Package sourcetest is what the specs of the sources share: the memory of earlier collections, and the
// ways in which a server fails. The program does not import it.
package sourcetest

import (
	"encoding/json"
	"net/http"
	"strings"

	"cert-health/hub/internal/inventory"
)

// Memory is what earlier collections have seen, as the database keeps it.
type Memory struct {
	Items        map[string]inventory.Item
	Certificates map[inventory.ID]inventory.Certificate
}

// NewMemory returns an empty memory.
func NewMemory() *Memory {
	return &Memory{map[string]inventory.Item{}, map[inventory.ID]inventory.Certificate{}}
}

// Item implements inventory.Known.
func (m *Memory) Item(path string) (inventory.Item, bool) {
	item, found := m.Items[path]
	return item, found
}

// Certificate implements inventory.Known.
func (m *Memory) Certificate(id inventory.ID) (inventory.Certificate, bool) {
	c, found := m.Certificates[id]
	return c, found
}

// Keep takes over what a collection has seen. What it could not see stays.
func (m *Memory) Keep(c *inventory.Collection) {
	now := map[string]inventory.Item{}
	for path, item := range m.Items {
		for _, unseen := range c.Unseen {
			if unseen.Covers(path) {
				now[path] = item
			}
		}
	}
	for _, item := range c.Items {
		now[item.Path] = item
	}
	m.Items = now
	for _, certificate := range c.Certificates {
		m.Certificates[certificate.ID] = certificate
	}
}

// Everything is a collection, or an error, as one string to search for secrets.
func Everything(c *inventory.Collection, err error) string {
	var out strings.Builder
	if err != nil {
		out.WriteString(err.Error())
	}
	_ = json.NewEncoder(&out).Encode(c)
	return out.String()
}

// Failure is a way in which a server fails.
type Failure struct {
	Name   string
	Answer http.HandlerFunc
	Says   string // part of the error
}

// Failures of the server of a product. Those that answer quote the request, with its credentials.
func Failures(product string) []Failure {
	quoting := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(map[string]any{"error": r.Header.Get("Authorization"), "error_description": r.Form.Encode()})
		}
	}
	return []Failure{
		{"limits the rate", quoting(http.StatusTooManyRequests), product + " limits the rate of requests (429)"},
		{"fails", quoting(http.StatusInternalServerError), product + " cannot answer now (500)"},
		{"has a proxy that fails", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) }, product + " cannot answer now (502)"},
		{"redirects", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.invalid/", http.StatusFound)
		}, product + " redirects to another address (302)"},
		{"sends a web page", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>s3cr3t</html>")) }, "cannot be understood"},
		{"sends a part of its answer", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"certificates":[{"name":"s3cr3t`))
		}, "cannot be understood"},
		{"sends another shape", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`"s3cr3t"`)) }, "cannot be understood"},
		{"sends too much", huge, "is too large"},
		{"closes the connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, product + " closed the connection"},
	}
}

// huge sends more than a source reads.
func huge(w http.ResponseWriter, _ *http.Request) {
	block := []byte(strings.Repeat(" ", 1<<20))
	for range 64 {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}
