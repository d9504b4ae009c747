package client_test

import (
	"io"
	"maps"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

var _ = Describe("ReadMetadata", func() {
	It("reads versions and custom metadata with a token that may not read values", func() {
		name := server.Engine(2)
		for range 3 {
			server.WriteSecret(name, "cf/x", pair("x").Safe())
		}
		server.Write(name+"/metadata/cf/x", map[string]any{"custom_metadata": map[string]string{"owner": "me"}})
		server.Write(name+"/delete/cf/x", map[string]any{"versions": []int{2}})
		server.Write(name+"/destroy/cf/x", map[string]any{"versions": []int{1}})
		c := newClient(options(client.Auth{Token: secret.New(token(scenario.Allow(name+"/metadata/*", "read"), nil))}))
		m := client.Mount{Path: name + "/", Version: 2}
		read, err := c.ReadMetadata(ctx, m, "cf/x")
		Expect(err).NotTo(HaveOccurred())
		Expect(read.Current).To(Equal(3))
		Expect(read.Custom).To(Equal(map[string]string{"owner": "me"}))
		Expect(read.Versions).To(HaveLen(3))
		for number, gone := range map[int]bool{1: true, 2: true, 3: false} {
			Expect(read.Versions[number].Deleted).To(Equal(gone))
			Expect(read.Versions[number].Created).To(BeTemporally("~", time.Now(), time.Minute))
		}
		Expect(read.Versions[2].DeletedAt).To(BeTemporally("~", time.Now(), time.Minute))

		_, err = c.ReadMetadata(ctx, m, "cf/y")
		Expect(err).To(MatchError("there is nothing at this path"))
		Expect(client.Is(err, client.NotFound)).To(BeTrue())
		_, err = c.ReadSecret(ctx, m, "cf/x", 0, &client.Reader{})
		Expect(client.Is(err, client.Denied)).To(BeTrue())
	})

	It("ignores a deletion time in the future", func() {
		name := server.Engine(2)
		server.Write(name+"/metadata/x", map[string]any{"delete_version_after": "1h"})
		server.WriteSecret(name, "x", pair("x").Safe())
		o, clock := ticking(client.Auth{Token: secret.New(server.Token)})
		c := newClient(o)
		gone := func() bool {
			read, err := c.ReadMetadata(ctx, client.Mount{Path: name + "/", Version: 2}, "x")
			Expect(err).NotTo(HaveOccurred())
			return read.Versions[1].Deleted
		}
		Expect(gone()).To(BeFalse())
		clock.advance(2 * time.Hour)
		Expect(gone()).To(BeTrue())
	})

	It("says that an answer is invalid or incomplete", func() {
		body, length := `{"data":"x"}`, ""
		p := behind(func(w http.ResponseWriter, r *http.Request) bool {
			if !hasSuffix(r, "/metadata/x") {
				return false
			}
			if length != "" {
				w.Header().Set("Content-Length", length)
			}
			_, _ = io.WriteString(w, body)
			return true
		})
		c := newClient(p.through(options(client.Auth{Token: secret.New(server.Token)})))
		_, err := c.ReadMetadata(ctx, client.Mount{Path: "secret/", Version: 2}, "x")
		Expect(err).To(MatchError("the answer cannot be read: correct cert_health.vault.kv_version"))
		length = "1000"
		_, err = c.ReadMetadata(ctx, client.Mount{Path: "secret/", Version: 2}, "x")
		Expect(err).To(MatchError("the answer of Vault is incomplete"))
	})
})

var _ = Describe("a document", func() {
	for _, version := range []int{1, 2} {
		Describe(map[int]string{1: "beside a secret in an engine of version 1", 2: "in the custom metadata of version 2"}[version], func() {
			var m client.Mount
			BeforeEach(func() { m = client.Mount{Path: server.Engine(version) + "/", Version: version} })
			write := func(c *client.Client, before, set map[string]string, unset ...string) {
				GinkgoHelper()
				Expect(c.WriteDocument(ctx, m, "cf/x", before, set, unset)).To(Succeed())
			}
			read := func(c *client.Client) map[string]string {
				GinkgoHelper()
				read, err := c.ReadDocument(ctx, m, "cf/x")
				Expect(err).NotTo(HaveOccurred())
				return maps.Collect(maps.All(read))
			}
			everything := scenario.Allow("kv-*", "create", "read", "update", "delete", "list")
			for title, rules := range map[string]string{
				"with the right to patch":    everything + scenario.Allow("kv-+/metadata/*", "create", "read", "update", "patch", "delete", "list"),
				"without the right to patch": everything,
			} {
				It("is written, changed and removed, "+title, func() {
					c := newClient(options(client.Auth{Token: secret.New(token(rules, nil))}))
					_, err := c.ReadDocument(ctx, m, "cf/x")
					Expect(client.Is(err, client.NotFound)).To(BeTrue())
					write(c, nil, map[string]string{"a": "1", "b": "2"})
					Expect(read(c)).To(Equal(map[string]string{"a": "1", "b": "2"}))
					write(c, read(c), map[string]string{"b": "3", "c": "4"}, "a")
					Expect(read(c)).To(Equal(map[string]string{"b": "3", "c": "4"}))
					Expect(c.DeleteDocument(ctx, m, "cf/x")).To(Succeed())
					_, err = c.ReadDocument(ctx, m, "cf/x")
					Expect(client.Is(err, client.NotFound)).To(BeTrue())
				})
			}
		})
	}

	It("keeps concurrent changes of others, with the capability patch", func() {
		m := client.Mount{Path: server.Engine(2) + "/", Version: 2}
		c := newClient(options(client.Auth{Token: secret.New(server.Token)}))
		Expect(c.WriteDocument(ctx, m, "x", nil, map[string]string{"ours": "1"}, nil)).To(Succeed())
		before, err := c.ReadDocument(ctx, m, "x")
		Expect(err).NotTo(HaveOccurred())
		server.Write(m.Path+"metadata/x", map[string]any{"custom_metadata": map[string]string{"ours": "1", "theirs": "2"}})
		Expect(c.WriteDocument(ctx, m, "x", before, map[string]string{"ours": "3"}, nil)).To(Succeed())
		Expect(c.ReadDocument(ctx, m, "x")).To(Equal(map[string]string{"ours": "3", "theirs": "2"}))
	})
})

var _ = Describe("Capabilities", func() {
	It("returns what the token permits", func() {
		name := server.Engine(2)
		c := newClient(options(client.Auth{Token: secret.New(token(scenario.Allow(name+"/metadata/*", "read", "list"), nil))}))
		Expect(c.Capabilities(ctx, []string{name + "/metadata/x", name + "/data/x"})).To(Equal(map[string][]string{
			name + "/metadata/x": {"list", "read"}, name + "/data/x": {"deny"},
		}))
	})
})
