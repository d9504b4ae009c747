package client_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

var _ = Describe("a string of JSON", func() {
	It("is decoded as encoding/json decodes it", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			text := rapid.OneOf(rapid.String(), rapid.StringMatching(`([a-z"/\\\n\r\t\x00]|\\u[0-9a-f]{4}|😀){0,20}`)).Draw(t, "text")
			encoded, err := json.Marshal(text)
			Expect(err).NotTo(HaveOccurred())
			var expected string
			Expect(json.Unmarshal(encoded, &expected)).To(Succeed())
			Expect(string(client.Unquote(encoded))).To(Equal(expected))
		})
	})
	It("is decoded from every escape", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			encoded := `"` + rapid.StringMatching(`(a|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}|\\ud83d\\ude00){0,9}`).Draw(t, "encoded") + `"`
			var expected string
			Expect(json.Unmarshal([]byte(encoded), &expected)).To(Succeed())
			Expect(string(client.Unquote([]byte(encoded)))).To(Equal(expected))
		})
	})
	It("is encoded so that it means the same", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			text := rapid.String().Filter(utf8.ValidString).Draw(t, "text")
			var decoded string
			Expect(json.Unmarshal(client.Quote([]byte(text)), &decoded)).To(Succeed())
			Expect(decoded).To(Equal(text))
		})
	})
	It("is the only value with a text", func() {
		for _, other := range []string{"", "1", "null", "[]", "{}", `"`, "true"} {
			Expect(client.Unquote([]byte(other))).To(BeNil())
		}
	})
})

var _ = Describe("the values of a secret", func() {
	var c *client.Client
	BeforeEach(func() { c = newClient(options(client.Auth{Token: secret.New(server.Token)})) })

	for _, version := range []int{1, 2} {
		Describe(fmt.Sprintf("in an engine of version %d", version), func() {
			var m client.Mount
			put := func(path string, data map[string]any) {
				GinkgoHelper()
				if version == 1 {
					server.Write(m.Data(path), data)
					return
				}
				server.WriteSecret(strings.TrimSuffix(m.Path, "/"), path, data)
			}
			read := func(path string) *client.Values {
				GinkgoHelper()
				v, err := c.ReadValues(ctx, m, path)
				Expect(err).NotTo(HaveOccurred())
				DeferCleanup(v.Wipe)
				return v
			}
			BeforeEach(func() { m = client.Mount{Path: server.Engine(version) + "/", Version: version} })

			It("are read, changed and kept", func() {
				put("x", map[string]any{"key": "a\nb", "n": json.Number("12345678901234567890.10"), "deep": map[string]any{"l": []any{"<&>", nil, 1.5}}, "ö": "ü"})
				before := read("x")
				Expect(before.Exists).To(BeTrue())
				Expect(before.Keys()).To(Equal([]string{"deep", "key", "n", "ö"}))
				Expect(string(before.Text("key"))).To(Equal("a\nb"))
				Expect(before.Text("n")).To(BeNil())
				after := before.Clone()
				after.SetText("key", []byte("\"new\"\\\t\u2028"))
				after.SetText("more", []byte("m"))
				_, err := c.Replace(ctx, m, "x", before, after)
				Expect(err).NotTo(HaveOccurred())
				now := read("x")
				Expect(now.Same(after)).To(BeTrue())
				Expect(now.Same(before)).To(BeFalse())
				Expect(now.Keys()).To(Equal([]string{"deep", "key", "more", "n", "ö"}))
			})

			It("are written where nothing is", func() {
				before := read("new")
				Expect(before.Exists).To(BeFalse())
				after := before.Clone()
				after.SetText("a", []byte("b"))
				number, err := c.Replace(ctx, m, "new", before, after)
				Expect(err).NotTo(HaveOccurred())
				Expect(number).To(Equal(version - 1))
				Expect(string(read("new").Text("a"))).To(Equal("b"))
			})

			It("are not written over what someone else wrote", func() {
				put("x", map[string]any{"a": "1"})
				before := read("x")
				put("x", map[string]any{"a": "2"})
				after := before.Clone()
				after.SetText("a", []byte("3"))
				_, err := c.Replace(ctx, m, "x", before, after)
				Expect(client.Is(err, client.Conflict)).To(BeTrue())
				Expect(err).To(MatchError("someone else has changed this secret in the meantime: run the command again"))
				Expect(string(read("x").Text("a"))).To(Equal("2"))
			})

			It("are not written without the right to", func() {
				put("x", map[string]any{"a": "1"})
				o := options(client.Auth{Token: secret.New(token(scenario.Allow(m.Path+"*", "read"), nil))})
				c = newClient(o)
				before := read("x")
				_, err := c.Replace(ctx, m, "x", before, before.Clone())
				says(o, c, err, "permission denied (403): the policy of the token does not permit this")
			})

			It("never print", func() {
				put("x", map[string]any{"key": "a-secret-value"})
				v := read("x")
				for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
					Expect(fmt.Sprintf(verb, v)).NotTo(ContainSubstring("secret-value"))
				}
				encoded, err := json.Marshal(v)
				Expect(err).NotTo(HaveOccurred())
				Expect(string(encoded)).To(Equal(`"***"`))
				v.Wipe()
				Expect(v.Text("key")).To(BeNil())
			})
		})
	}

	It("know the number of a deleted version", func() {
		engine := server.Engine(2)
		m := client.Mount{Path: engine + "/", Version: 2}
		server.WriteSecret(engine, "x", map[string]any{"a": "1"})
		server.WriteSecret(engine, "x", map[string]any{"a": "2"})
		_, err := server.Client.Logical().Delete(m.Data("x"))
		Expect(err).NotTo(HaveOccurred())
		before, err := c.ReadValues(ctx, m, "x")
		Expect(err).NotTo(HaveOccurred())
		Expect(before.Exists).To(BeFalse())
		Expect(before.Version).To(Equal(2))
		after := before.Clone()
		after.SetText("a", []byte("3"))
		Expect(c.Replace(ctx, m, "x", before, after)).To(Equal(3))
	})

	It("are left out of an answer that quotes the request", func() {
		engine := server.Engine(2)
		m := client.Mount{Path: engine + "/", Version: 2}
		p := behind(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPut || !strings.HasPrefix(r.URL.Path, "/v1/"+engine) {
				return false
			}
			body, _ := io.ReadAll(r.Body)
			w.WriteHeader(http.StatusBadRequest)
			encoded, _ := json.Marshal(map[string]any{"errors": []string{"do not like " + string(body[30:90])}})
			_, _ = w.Write(encoded)
			return true
		})
		o := p.through(options(client.Auth{Token: secret.New(server.Token)}))
		c = newClient(o)
		before, err := c.ReadValues(ctx, m, "x")
		Expect(err).NotTo(HaveOccurred())
		after := before.Clone()
		after.SetText("key", []byte(credential(strings.Repeat("MIIEpAIBAAKCAQEA", 10))))
		_, err = c.Replace(ctx, m, "x", before, after)
		says(o, c, err, "Vault rejected the request (400): [an answer that quotes the secret]")
	})
})
