package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
)

// receiver is where notices arrive.
type receiver struct {
	*httptest.Server
	mutex sync.Mutex
	texts []string
}

func newReceiver() *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		var message struct{ Text string }
		if json.NewDecoder(request.Body).Decode(&message) == nil {
			r.mutex.Lock()
			defer r.mutex.Unlock()
			r.texts = append(r.texts, message.Text)
		}
	}))
	DeferCleanup(r.Close)
	return r
}

// news is how often an entry was told as new.
func (r *receiver) news(name string) int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return strings.Count(strings.Join(r.texts, "\n"), "- new: "+name+":")
}
