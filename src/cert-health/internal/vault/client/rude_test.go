package client_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

// rude is a server that behaves like Vault during a log-in, and is rude afterwards.
type rude struct {
	*httptest.Server
	sent   atomic.Int64 // bytes of the rude answers
	asked  atomic.Int64 // rude answers
	answer func(w http.ResponseWriter, r *http.Request)
}

func newRude() *rude {
	p := &rude{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.Contains(r.URL.Path, "/sys/internal/ui/mounts/kv"):
			_, _ = io.WriteString(w, `{"data":{"path":"kv/","type":"kv","options":{"version":"2"}}}`)
		case strings.HasSuffix(r.URL.Path, "/lookup-self"):
			_, _ = io.WriteString(w, `{"data":{"ttl":0}}`)
		default:
			p.asked.Add(1)
			p.answer(w, r)
		}
	}))
	DeferCleanup(p.Close)
	return p
}

// endless sends a beginning and then a part again and again, until the client has enough.
func (p *rude) endless(w io.Writer, beginning, part string) {
	_, _ = io.WriteString(w, beginning)
	many := strings.Repeat(part, 64<<10/len(part))
	for {
		n, err := io.WriteString(w, many)
		p.sent.Add(int64(n))
		if err != nil {
			return
		}
	}
}

var _ = Describe("a rude server in the place of Vault", func() {
	var (
		p *rude
		o client.Options
		m = client.Mount{Path: "kv/", Version: 2}
	)
	BeforeEach(func() {
		p = newRude()
		o = client.Options{Address: p.URL, Auth: client.Auth{Token: secret.New(credential("the-token-of-the-rude-one"))}, MaxWait: time.Millisecond}
	})
	calls := map[string]func(c *client.Client) error{
		"kv/data/x": func(c *client.Client) error {
			_, err := c.ReadSecret(ctx, m, "x", 0, &client.Reader{})
			return err
		},
		"kv/metadata/x": func(c *client.Client) error {
			_, err := c.ReadMetadata(ctx, m, "x")
			return err
		},
		"kv/metadata/d/": func(c *client.Client) error {
			_, err := c.List(ctx, m, "d/")
			return err
		},
		"sys/internal/ui/mounts/other": func(c *client.Client) error {
			_, _, err := c.FindMount(ctx, "other")
			return err
		},
		"sys/capabilities-self": func(c *client.Client) error {
			_, err := c.Capabilities(ctx, []string{"x"})
			return err
		},
	}
	for path, call := range calls {
		It("that never ends its answer to "+path+" is cut off, by name", func() {
			p.answer = func(w http.ResponseWriter, _ *http.Request) { p.endless(w, `{"data":{"keys":["`, "a") }
			c := newClient(o)
			Expect(c.Authenticate(ctx)).To(Succeed())
			err := call(c)
			says(o, c, err, MatchRegexp(`^the answer to `+strings.TrimSuffix(path, "/")+` is larger than (1|4) MiB and is not read: `))
			Expect(client.Is(err, client.Rejected)).To(BeTrue())
			Expect(p.asked.Load()).To(Equal(int64(1)), "another attempt would have the same result")
			// Beside the limit, the buffers of two sockets.
			Expect(p.sent.Load()).To(BeNumerically("<", 32<<20))
		})
		It("that never ends its error at "+path+" is explained by its status", func() {
			p.answer = func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusForbidden)
				p.endless(w, `{"errors":["`, "a")
			}
			c := newClient(o)
			Expect(c.Authenticate(ctx)).To(Succeed())
			says(o, c, call(c), "permission denied (403): the policy of the token does not permit this")
			Expect(p.sent.Load()).To(BeNumerically("<", 32<<20))
		})
		It("that never ends its headers at "+path+" is cut off", func() {
			p.answer = func(w http.ResponseWriter, _ *http.Request) {
				connection, _, err := w.(http.Hijacker).Hijack()
				if err == nil {
					defer connection.Close()
					p.endless(connection, "HTTP/1.1 200 OK\r\n", "X-A: "+strings.Repeat("a", 100)+"\r\n")
				}
			}
			c := newClient(o)
			Expect(c.Authenticate(ctx)).To(Succeed())
			says(o, c, call(c), ContainSubstring("headers"))
			Expect(p.sent.Load()).To(BeNumerically("<", 64<<20))
		})
	}

	// lists answers each list by a function of its depth and secrets by a small one.
	lists := func(names func(depth int) []string) {
		p.answer = func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("list") != "true" {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			answer := map[string]any{"data": map[string]any{"keys": names(strings.Count(r.URL.Path, "/") - 4)}}
			_ = json.NewEncoder(w).Encode(answer)
		}
	}
	It("with directories without end gets no more requests than there may be secrets", func() {
		lists(func(int) []string { return []string{"a/", "b/", "c/", "d/"} })
		w := walk(ctx, o, "kv", client.Visitor{Max: 100})
		Expect(w.secrets).To(BeEmpty())
		Expect(w.problems).To(ContainElement("kv/: there are more directories than cert_health.vault.max_secrets (100), and the rest is not read: raise it, or name fewer paths"))
		Expect(p.asked.Load()).To(BeNumerically("<=", 100))
	})
	It("with a million names gets no more requests than there may be secrets", func() {
		lists(func(int) []string { return strings.Split(strings.Repeat("a,", 1_000_000)+"b", ",") })
		w := walk(ctx, o, "kv", client.Visitor{Max: 100})
		Expect(w.secrets).To(HaveLen(100))
		Expect(w.problems).To(Equal([]string{"kv/: there are more secrets than cert_health.vault.max_secrets (100), and the rest is not read: raise it, or name fewer paths"}))
	})
	It("with a name of a megabyte does not get it back in a path", func() {
		lists(func(int) []string {
			return []string{"short", strings.Repeat("a", 1<<20), strings.Repeat("b", 1<<20) + "/"}
		})
		w := walk(ctx, o, "kv", client.Visitor{Max: 100})
		Expect(w.secrets).To(Equal([]string{"short"}))
		Expect(w.problems).To(Equal([]string{"kv/: 2 names in it make paths of more than 1024 bytes: they are not read"}))
	})

	// holds returns the result of reading a secret with these values.
	holds := func(values map[string]any) (client.SecretVersion, error) {
		GinkgoHelper()
		p.answer = func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"data": values, "metadata": map[string]any{"version": 1}}})
		}
		c := newClient(o)
		return c.ReadSecret(ctx, m, "x", 0, &client.Reader{})
	}
	It("with more values than a secret may have is refused before they are decoded", func() {
		_, err := holds(map[string]any{"list": make([]int, 100_000)})
		Expect(err).To(MatchError("it has more than 20000 values and is not read: split this secret"))
		_, err = holds(map[string]any{"text": strings.Repeat("a: b, ", 100_000)})
		Expect(err).NotTo(HaveOccurred(), "commas in a string do not count")
	})
	It("with more certificates than a secret may have shows the first ones, and says so", func() {
		one := scenario.Issue(scenario.Spec{CommonName: "x"}).CertPEM()
		read, err := holds(map[string]any{"many": strings.Repeat(one, 600)})
		Expect(err).NotTo(HaveOccurred())
		Expect(held(read)).To(Equal([]string{"many x"}))
		Expect(read.Broken).To(Equal([]string{"it has more than 500 certificates: the others were not read: split this secret"}))
	})
	It("with many broken certificates is told about with few sentences", func() {
		values := map[string]any{}
		for i := range 100 {
			values[fmt.Sprint(i)] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
		}
		read, err := holds(values)
		Expect(err).NotTo(HaveOccurred())
		Expect(read.Broken).To(HaveLen(10))
	})
})
