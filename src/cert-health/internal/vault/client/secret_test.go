package client_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"software.sslmate.com/src/go-pkcs12"

	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

// held lists what a secret holds as "key name".
func held(s client.SecretVersion) []string {
	list := []string{}
	for _, contents := range s.Contents {
		for _, certificate := range contents.Certificates {
			list = append(list, contents.Key+" "+certificate.Name())
		}
	}
	return list
}

var _ = Describe("ReadSecret", func() {
	var (
		name string
		c    *client.Client
		w    *client.Reader
	)
	BeforeEach(func() {
		name, c, w = server.Engine(2), newClient(options(client.Auth{Token: secret.New(server.Token)})), &client.Reader{}
	})
	read := func(path string, version int) (client.SecretVersion, error) {
		return c.ReadSecret(ctx, client.Mount{Path: name + "/", Version: 2}, path, version, w)
	}
	must := func(path string, version int) client.SecretVersion {
		GinkgoHelper()
		s, err := read(path, version)
		Expect(err).NotTo(HaveOccurred())
		return s
	}

	It("reads safe's layout as one certificate, with version and date", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		server.WriteSecret(name, "ca", ca.Safe())
		server.WriteSecret(name, "ca", ca.Safe())
		s := must("ca", 0)
		Expect(held(s)).To(Equal([]string{"certificate ca"}))
		Expect(s.Version).To(Equal(2))
		Expect(s.Created).To(BeTemporally("~", time.Now(), time.Minute))
		Expect(s.Deleted).To(BeFalse())
		Expect(s.Broken).To(BeEmpty())
	})

	It("reads KV version 1", func() {
		old := server.Engine(1)
		server.Write(old+"/a/b", pair("x").Safe())
		s, err := c.ReadSecret(ctx, client.Mount{Path: old + "/", Version: 1}, "a/b", 0, w)
		Expect(err).NotTo(HaveOccurred())
		Expect(held(s)).To(Equal([]string{"certificate x"}))
		Expect(s.Created).To(BeZero())
		_, err = c.ReadSecret(ctx, client.Mount{Path: old + "/", Version: 1}, "a", 0, w)
		Expect(client.Is(err, client.NotFound)).To(BeTrue())
	})

	It("searches every string, also in nested documents, and skips other values", func() {
		a, b, d, e := pair("a"), pair("b"), pair("d"), pair("e")
		nested, err := json.Marshal(map[string]string{"tls": a.CertPEM() + a.KeyPEM()})
		Expect(err).NotTo(HaveOccurred())
		server.WriteSecret(name, "x", map[string]any{
			"json": string(nested), "yaml": "tls:\n  cert: |\n" + scenario.Indent(b.CertPEM(), "    "),
			"encoded": base64.StdEncoding.EncodeToString([]byte(d.CertPEM())), "bundle": d.CertPEM() + e.CertPEM(),
			"number": 17, "null": nil, "true": true, "empty": "", "nothing": map[string]any{}, "none": []any{},
		})
		Expect(held(must("x", 0))).To(Equal([]string{"bundle d", "bundle e", "encoded d", "json a", "yaml b"}))
	})

	It("searches objects and lists, and names each value by its place", func() {
		a, b, d, e, f := pair("a"), pair("b"), pair("d"), pair("e"), pair("f")
		server.WriteSecret(name, "x", map[string]any{
			"tls":   map[string]any{"server": map[string]any{"cert": a.CertPEM(), "key": pair("hidden").CertPEM()}},
			"chain": []any{b.CertPEM(), d.CertPEM()},
			"users": []any{map[string]any{"name": "e", "certificate": e.CertPEM()}, []any{f.CertPEM()}, 17},
			"lines": strings.Split(strings.TrimSpace(pair("g").CertPEM()), "\n"),
		})
		Expect(held(must("x", 0))).To(Equal([]string{"chain b", "chain d", "lines g", "tls.server.cert a", "users.certificate e", "users f"}))
	})

	It("reads the forms that files can have", func() {
		p := pair("p")
		store, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{pair("q").X509}, "changeit")
		Expect(err).NotTo(HaveOccurred())
		locked, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{p.X509}, "unknown")
		Expect(err).NotTo(HaveOccurred())
		server.WriteSecret(name, "x", map[string]any{
			"der": base64.StdEncoding.EncodeToString(p.X509.Raw), "store": base64.StdEncoding.EncodeToString(store),
			"armoured": scenario.Armour("PKCS12", store), "locked": base64.StdEncoding.EncodeToString(locked),
		})
		s := must("x", 0)
		Expect(held(s)).To(Equal([]string{"armoured q", "der p"}))
		Expect(s.Broken).To(HaveLen(1))
		Expect(s.Broken[0]).To(And(HavePrefix(`its key "locked" contains`), ContainSubstring("password")))
	})

	It("searches a document that is nested very deeply, and returns", func() {
		var deep any = pair("deep").CertPEM()
		for range 60 {
			deep = map[string]any{"a": []any{deep}}
		}
		server.WriteSecret(name, "x", map[string]any{"x": deep})
		Expect(held(must("x", 0))).To(HaveLen(1))
	})

	It("does not search the value of a key for private keys", func() {
		server.WriteSecret(name, "x", map[string]any{
			"key": pair("hidden").CertPEM(), "private_key": pair("hidden").CertPEM(), "PrivateKey": pair("hidden").CertPEM(), "tls-key": pair("hidden").CertPEM(),
			"key_id": pair("shown").CertPEM(),
		})
		Expect(held(must("x", 0))).To(Equal([]string{"key_id shown"}))
	})

	It("keeps no private key, in any format", func() {
		p := pair("x")
		server.WriteSecret(name, "x", map[string]any{"certificate": p.CertPEM() + p.KeyPEM(), "key": p.KeyPEM(), "broken": p.CertPEM()[:200] + p.KeyPEM()})
		body := strings.Split(p.KeyPEM(), "\n")[1]
		printed := fmt.Sprintf("%+v %#v %+v", must("x", 0), must("x", 0), *w)
		Expect(strings.Contains(printed, body)).To(BeFalse())
		text, err := json.Marshal(must("x", 0))
		Expect(err).NotTo(HaveOccurred())
		Expect(strings.Contains(string(text), body)).To(BeFalse())
	})

	It("names the key with a certificate that cannot be read", func() {
		server.WriteSecret(name, "x", map[string]any{"certificate": pair("y").CertPEM()[:200], "other": pair("z").CertPEM()})
		s := must("x", 0)
		Expect(s.Broken).To(Equal([]string{`its key "certificate" contains a certificate that cannot be read: its END line is missing`}))
		Expect(held(s)).To(Equal([]string{"other z"}))
	})

	It("distinguishes a deleted or destroyed version from one that never existed", func() {
		for range 3 {
			server.WriteSecret(name, "x", pair("x").Safe())
		}
		server.Write(name+"/delete/x", map[string]any{"versions": []int{3}})
		server.Write(name+"/destroy/x", map[string]any{"versions": []int{2}})
		s := must("x", 0)
		Expect([]any{s.Version, s.Deleted, held(s)}).To(Equal([]any{3, true, []string{}}))
		Expect(s.DeletedAt).To(BeTemporally("~", time.Now(), time.Minute))
		s = must("x", 2)
		Expect([]any{s.Version, s.Deleted}).To(Equal([]any{2, true}))
		Expect(held(must("x", 1))).To(Equal([]string{"certificate x"}))
		for _, version := range []int{0, 9} {
			_, err := read("nothing", version)
			Expect(err).To(MatchError("there is nothing at this path"))
			Expect(client.Is(err, client.NotFound)).To(BeTrue())
		}
		_, err := read("x", 9)
		Expect(client.Is(err, client.NotFound)).To(BeTrue())
	})

	It("says that the engine has another version than the configured one", func() {
		server.WriteSecret(name, "x", pair("x").Safe())
		o := options(client.Auth{Token: secret.New(server.Token)})
		_, err := c.ReadSecret(ctx, client.Mount{Path: name + "/", Version: 1}, "x", 0, w)
		says(o, c, err, MatchRegexp(`^the path does not exist \(404\): .*|^there is nothing at this path$`))
	})

	Describe("from an answer that is not valid", func() {
		var answer func(http.ResponseWriter)
		BeforeEach(func() {
			p := behind(func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, "/data/") {
					return false
				}
				answer(w)
				return true
			})
			c = newClient(p.through(options(client.Auth{Token: secret.New(server.Token)})))
		})
		It("says that it is too large", func() {
			answer = func(w http.ResponseWriter) { _, _ = io.WriteString(w, strings.Repeat(" ", 5<<20)) }
			_, err := read("x", 0)
			Expect(err).To(MatchError(HaveSuffix("/data/x is larger than 4 MiB and is not read: split what is there, or correct the address if this is not Vault")))
			Expect(client.Is(err, client.Rejected)).To(BeTrue())
		})
		It("says that it is incomplete", func() {
			answer = func(w http.ResponseWriter) {
				w.Header().Set("Content-Length", "1000")
				_, _ = io.WriteString(w, `{"data":{"data":{"key":"`)
			}
			_, err := read("x", 0)
			Expect(err).To(MatchError("the answer of Vault is incomplete"))
			Expect(client.Is(err, client.Busy)).To(BeTrue())
		})
		It("does not quote an answer that it cannot decode", func() {
			answer = func(w http.ResponseWriter) {
				_, _ = io.WriteString(w, `{"data":{"data":["hvs.secret"],"metadata":17}}`)
			}
			_, err := read("x", 0)
			Expect(err).To(MatchError("the answer does not have the layout of a secret: correct cert_health.vault.kv_version"))
		})
	})
})
