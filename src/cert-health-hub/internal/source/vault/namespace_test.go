package vault_test

import (
	"net/http"
	"strings"
)

// inNamespaces answers as the Enterprise edition does if a path begins with a namespace: the
// community edition has none.
func inNamespaces(forward http.Handler, namespaces ...string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		for _, namespace := range namespaces {
			if rest, ok := strings.CutPrefix(r.URL.Path, "/v1/"+namespace+"/"); ok {
				r.URL.Path = "/v1/" + rest
			}
		}
		forward.ServeHTTP(w, r)
		return true
	}
}
