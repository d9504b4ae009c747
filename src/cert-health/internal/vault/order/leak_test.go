package order_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	"pgregory.net/rapid"

	"cert-health/internal/issue"
	"cert-health/internal/plan"
	"cert-health/internal/report/terminal"
	"cert-health/internal/scenario"
	"cert-health/internal/vault/order"
)

// keyTexts are parts of a private key as it may be quoted. Each is long enough to identify the key.
func keyTexts(pem string) (texts []string) {
	texts = append(texts, base64.StdEncoding.EncodeToString([]byte(pem))[60:90])
	for line := range strings.SplitSeq(pem, "\n") {
		if len(line) > 40 && !strings.HasPrefix(line, "-") {
			texts = append(texts, line[2:22], line[len(line)-22:len(line)-2])
		}
	}
	return texts
}

// fault is how one request fails.
type fault func(w http.ResponseWriter, r *http.Request, body []byte)

// faults are ways in which a Vault, or a proxy in front of it, fails. Some of them quote the request.
func faults() []fault {
	quoting := func(status int) fault {
		return func(w http.ResponseWriter, _ *http.Request, body []byte) {
			w.WriteHeader(status)
			encoded, _ := json.Marshal(map[string]any{"errors": []string{"refused: " + string(body)}})
			_, _ = w.Write(encoded)
		}
	}
	return []fault{
		quoting(http.StatusBadRequest), quoting(http.StatusForbidden), quoting(http.StatusInternalServerError), quoting(http.StatusServiceUnavailable), quoting(http.StatusNotFound),
		func(http.ResponseWriter, *http.Request, []byte) { panic(http.ErrAbortHandler) },
		func(w http.ResponseWriter, _ *http.Request, body []byte) { _, _ = w.Write(body) },
		func(w http.ResponseWriter, r *http.Request, body []byte) {
			recorded := &kept{}
			r.Body = io.NopCloser(bytes.NewReader(body))
			server.Forward().ServeHTTP(recorded, r)
			_, _ = w.Write(recorded.body.Bytes()[:recorded.body.Len()/2]) // the answer ends in the middle
		},
		func(w http.ResponseWriter, _ *http.Request, body []byte) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write(append([]byte("<html>"), body...))
		},
	}
}

// kept is an answer that is kept.
type kept struct {
	deaf
	body bytes.Buffer
}

func (k *kept) Write(text []byte) (int, error) { return k.body.Write(text) }

var _ = Describe("a private key", func() {
	It("is in no plan, result or error, whatever fails", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Key: scenario.RSA})
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, Key: scenario.RSA})
		small := issue.KeyType{Algorithm: leaf.X509.PublicKeyAlgorithm, Bits: 2048}
		engines := []engine{newEngine(1), newEngine(2)}
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			e := rapid.SampledFrom(engines).Draw(t, "engine")
			e.put("ca", counted(ca, "11"))
			held := leaf.Safe()
			if rapid.Bool().Draw(t, "broken") {
				held["key"] = held["key"].(string)[:200] + "\n" + held["key"].(string)[260:]
			}
			e.put("leaf", held)
			at, requests := rapid.IntRange(1, 20).Draw(t, "request"), 0
			fail := rapid.SampledFrom(faults()).Draw(t, "fault")
			var said strings.Builder
			note := func(o order.Order, c *clerk) {
				job, err := c.Prepare(ctx, o)
				if err != nil {
					fmt.Fprintf(&said, "%v %+v %#v\n", err, err, err)
					return
				}
				defer job.Wipe()
				p, err := job.Plan(ctx)
				_ = p.Write(&said, terminal.Style{Width: 400})
				_ = plan.Outcome{Plan: p, Results: job.Run(ctx)}.WriteJSON(&said)
				fmt.Fprintf(&said, "%v %v %+v %#v\n", err, job.Refusals(), job, p)
			}
			var mutex sync.Mutex
			var keys []string
			c := newClerk(before(func(w http.ResponseWriter, r *http.Request) bool {
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(body))
				mutex.Lock()
				keys = append(keys, keysIn(body)...)
				requests++
				now := requests == at
				mutex.Unlock()
				if now {
					fail(w, r, body)
				}
				return now
			}))
			verb := rapid.SampledFrom([]order.Verb{order.Issue, order.Renew, order.Reissue, order.Revoke, order.RenewList}).Draw(t, "verb")
			path := rapid.SampledFrom([]string{"leaf", "ca"}).Draw(t, "path")
			note(order.Order{Verb: verb, Paths: []string{e.path(path)}, KeyType: small, Profile: issue.Profile{Names: []string{"x"}}}, c)
			mutex.Lock()
			defer mutex.Unlock()
			for _, pem := range append(keys, ca.KeyPEM(), leaf.KeyPEM()) {
				for _, text := range keyTexts(pem) {
					// The text itself would be printed by a failure.
					if strings.Contains(said.String(), text) {
						t.Fatalf("%s of %s: a private key was printed", verb, path)
					}
				}
			}
			if said.Len() == 0 {
				t.Fatal("it says nothing")
			}
		})
	})
})

// keysIn are the private keys in the body of a request.
func keysIn(body []byte) (keys []string) {
	var request struct {
		Key  string
		Data struct{ Key string }
	}
	if json.Unmarshal(body, &request) == nil {
		for _, key := range []string{request.Key, request.Data.Key} {
			if len(key) > 100 {
				keys = append(keys, key)
			}
		}
	}
	return keys
}
