package web_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/catalog/sample"
	"cert-health/hub/internal/web"
)

// BenchmarkPage makes each page over 20,000 certificates. The target is less than 100 ms a page.
func BenchmarkPage(b *testing.B) {
	view, h := sample.View(20000), &hub{person: web.Person{Name: "ann", Operator: true}}
	pages, err := web.New(web.Options{View: func() *catalog.View { return view }, People: h, Events: h, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		b.Fatal(err)
	}
	handler := pages.Handler()
	for _, page := range []string{"/", "/certificates", "/certificates?limit=1000", "/certificates?q=service-1+example&sort=-path", "/certificates?source=vault&path=secret/", "/timeline", "/sources",
		"/certificates/" + string(view.List(catalog.Query{CA: catalog.Yes}).Entries[0].ID)} {
		b.Run(page[:min(len(page), 60)], func(b *testing.B) {
			size := 0
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, page, nil)
				r.Header.Set("Accept-Encoding", "gzip")
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
				size = w.Body.Len()
			}
			b.ReportMetric(float64(size), "sent-B")
		})
	}
}
