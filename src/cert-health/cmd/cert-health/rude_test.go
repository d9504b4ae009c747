package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// A server that answers in the place of Vault chooses names and messages.
var _ = Describe("publish from a rude server in the place of Vault", func() {
	const sequence = `\u001b]0;x\u0007\u009b2J\u202e` // as in JSON, and as it is shown
	var env map[string]string
	var refused bool // the log-in is

	BeforeEach(func() {
		refused = false
		rude := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := `{"errors":["` + sequence + `"]}`
			switch path := r.URL.Path; {
			case refused:
				w.WriteHeader(http.StatusBadRequest)
			case strings.HasSuffix(path, "/lookup-self"):
				answer = `{"data":{"ttl":0}}`
			case strings.Contains(path, "/sys/internal/ui/mounts/"):
				answer = `{"data":{"path":"kv/","type":"kv","options":{"version":"2"}}}`
			case r.URL.Query().Get("list") != "":
				answer = `{"data":{"keys":["name` + sequence + `"]}}`
			default:
				w.WriteHeader(http.StatusBadRequest)
			}
			_, _ = io.WriteString(w, answer)
		}))
		DeferCleanup(rude.Close)
		env = map[string]string{"VAULT_ADDR": rude.URL, "VAULT_TOKEN": "a-token-of-nothing"}
	})
	// harmless expects that the text is shown and cannot command a terminal.
	harmless := func(text string) {
		GinkgoHelper()
		Expect(text).To(ContainSubstring(sequence))
		Expect(text).NotTo(MatchRegexp(`[\x00-\x09\x0b-\x1f\x7f-\x{9f}\x{202e}]`))
	}

	It("prints no escape sequence in an error", func() {
		refused = true
		o := call(env, "publish", "--vault-path", "kv")
		Expect(o.code).To(Equal(exitFailed))
		harmless(o.err)
	})
	for _, format := range []string{"table", "json"} {
		It("prints no escape sequence in a result, as "+format, func() {
			var out, warnings strings.Builder
			f := &publishFlags{format: format, vaultFlags: vaultFlags{paths: []string{"kv"}},
				console: console{out: &out, err: &warnings, env: func(name string) string { return env[name] }}}
			publisher, err := f.publisher(nil)
			Expect(err).NotTo(HaveOccurred())
			result, err := publisher.Run(context.Background())
			Expect(f.write(result, "")).To(MatchError(errUnpublished))
			harmless(out.String())
			Expect((&watch{publishFlags: f}).report(nil, err)).To(Succeed())
			harmless(warnings.String())
		})
	}
})
