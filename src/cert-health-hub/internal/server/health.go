package server

import (
	"context"
	"io"
	"net/http"
	"time"
)

// readyTimeout is how long /readyz waits for a part.
const readyTimeout = 5 * time.Second

// part tells whether a part of the hub can work. Its error says why not.
type part func(context.Context) error

// health answers /healthz: the process is alive.
func health(w http.ResponseWriter, _ *http.Request) {
	plain(w)
	_, _ = io.WriteString(w, "ok\n")
}

// readiness answers /readyz: all parts can work, so a proxy may send requests. A reason names no
// address and no password, because everyone may read it.
func readiness(checks ...part) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		plain(w)
		for _, check := range checks {
			if err := check(ctx); err != nil {
				w.WriteHeader(http.StatusServiceUnavailable)
				_, _ = io.WriteString(w, err.Error()+"\n")
				return
			}
		}
		_, _ = io.WriteString(w, "ready\n")
	}
}

func plain(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
}
