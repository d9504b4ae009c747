package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

// page is what the layout shows around the contents of a page.
type page struct {
	Title  string
	Nav    string // the entry of the menu that is current
	Person Person
	Self   string // the URL of this page, as it can be saved
	Search string // the text in the search field
	// HasFleet tells that the hub knows VMs: the menu has their pages.
	HasFleet bool
	// HasPlatform tells that the hub computes rotations and explanations.
	HasPlatform bool
	// Live pages ask for their newest contents again and again.
	Live bool
	// JSON and CSV are the URLs of the same data for programs; empty if there are none.
	JSON, CSV string
	// Secret pages show what is shown once: they are not kept, and not compressed.
	Secret bool
	Body   any
}

// smallest is the size from which compression is worth it.
const smallest = 1024

// render writes a page, or only its main part for htmx. One URL serves both.
func (p *Pages) render(w http.ResponseWriter, r *http.Request, status int, name string, shown page) {
	part := "layout"
	if partial(r) {
		part = "partial"
	}
	var out bytes.Buffer
	if err := p.templates[name].ExecuteTemplate(&out, part, shown); err != nil {
		p.log.ErrorContext(r.Context(), "a page cannot be rendered", "page", name, "error", err)
		http.Error(w, "The hub cannot show this page. Its log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Add("Vary", "HX-Request")
	w.Header().Add("Vary", "Cookie")
	if shown.Secret {
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_, _ = w.Write(out.Bytes()) // a browser that went away needs no answer
		return
	}
	send(w, r, status, out.Bytes())
}

// partial tells whether htmx asks for the main part of a page. When people go back in the history it
// needs the whole page.
func partial(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-History-Restore-Request") != "true"
}

// send writes a body, compressed if the browser reads that, and nothing if the browser has it already.
func send(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	header := w.Header()
	header.Set("Cache-Control", "private, no-cache")
	header.Add("Vary", "Accept-Encoding")
	if status == http.StatusOK {
		sum := sha256.Sum256(body)
		tag := `W/"` + hex.EncodeToString(sum[:12]) + `"`
		header.Set("ETag", tag)
		if strings.Contains(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if len(body) >= smallest && takesGzip(r) {
		if zipped, err := zip(body); err == nil {
			header.Set("Content-Encoding", "gzip")
			body = zipped
		}
	}
	header.Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a browser that went away needs no answer
	}
}

// parse reads the templates: for each page the layout and the page's own.
func parse(functions template.FuncMap) (map[string]*template.Template, error) {
	shared, err := template.New("").Funcs(functions).ParseFS(templateFiles, "templates/shared/*.html")
	if err != nil {
		return nil, fmt.Errorf("read the templates of all pages: %w", err)
	}
	names, err := templateFiles.ReadDir("templates")
	if err != nil {
		return nil, fmt.Errorf("list the templates: %w", err)
	}
	all := map[string]*template.Template{}
	for _, entry := range names {
		if entry.IsDir() || !strings.HasSuffix(entry.Name(), ".html") {
			continue
		}
		own, err := shared.Clone()
		if err == nil {
			own, err = own.ParseFS(templateFiles, "templates/"+entry.Name())
		}
		if err != nil {
			return nil, fmt.Errorf("read the template %s: %w", entry.Name(), err)
		}
		all[strings.TrimSuffix(entry.Name(), ".html")] = own
	}
	return all, nil
}
