package vault_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/reference/vault"
	"cert-health/internal/scenario"
)

func TestVault(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Vault")
}

var (
	server *scenario.DevVault
	ctx    = context.Background()
	mounts atomic.Int64
)

var _ = BeforeSuite(func() {
	program, err := scenario.FindDevVault()
	Expect(err).NotTo(HaveOccurred())
	server, err = scenario.StartDevVault(ctx, scenario.DevVaultOptions{Program: program, Dir: GinkgoT().TempDir(), TLS: true})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(server.Stop)
	for _, method := range []string{"approle", "cert"} {
		write("sys/auth/"+method, map[string]any{"type": method})
	}
})

func write(path string, data map[string]any) map[string]any {
	GinkgoHelper()
	secret, err := server.Client.Logical().Write(path, data)
	Expect(err).NotTo(HaveOccurred())
	if secret == nil {
		return nil
	}
	return secret.Data
}

// mount makes an engine of its own for a test.
func mount(version int) string {
	GinkgoHelper()
	name := fmt.Sprintf("kv-%d", mounts.Add(1))
	write("sys/mounts/"+name, map[string]any{"type": "kv", "options": map[string]any{"version": fmt.Sprint(version)}})
	if version == 2 {
		// Vault upgrades a new version 2 engine in the background.
		Eventually(func() error {
			_, err := server.Client.Logical().Write(name+"/metadata/ready", map[string]any{})
			return err
		}).WithTimeout(10 * time.Second).Should(Succeed())
		_, err := server.Client.Logical().Delete(name + "/metadata/ready")
		Expect(err).NotTo(HaveOccurred())
	}
	return name
}

func put(mount, path string, data map[string]any) {
	GinkgoHelper()
	write(mount+"/data/"+path, map[string]any{"data": data})
}

// token makes a token that a policy limits.
func token(rules string, more ...map[string]any) string {
	GinkgoHelper()
	name := fmt.Sprintf("policy-%d", mounts.Add(1))
	write("sys/policies/acl/"+name, map[string]any{"policy": rules})
	request := map[string]any{"policies": []string{name}}
	for _, m := range more {
		for key, value := range m {
			request[key] = value
		}
	}
	secret, err := server.Client.Logical().Write("auth/token/create", request)
	Expect(err).NotTo(HaveOccurred())
	return secret.Auth.ClientToken
}

func allow(path string, capabilities ...string) string {
	return fmt.Sprintf("path %q { capabilities = [\"%s\"] }\n", path, strings.Join(capabilities, `", "`))
}

func options(paths ...string) vault.Options {
	return vault.Options{Address: server.Address, CACert: server.CACert, Paths: paths, Auth: vault.Auth{Token: server.Token}}
}

func source(o vault.Options) *vault.Source {
	GinkgoHelper()
	s, err := vault.New(o)
	Expect(err).NotTo(HaveOccurred())
	return s
}

func refresh(o vault.Options) *reference.Snapshot {
	GinkgoHelper()
	return source(o).Refresh(ctx)
}

// held lists what a snapshot holds as "mount path key name version".
func held(s *reference.Snapshot) []string {
	list := []string{}
	for _, e := range s.Entries {
		list = append(list, fmt.Sprintf("%s%s %s %s v%d", e.Mount, e.Path, e.Key, e.Certificate.Name(), e.Version))
	}
	return list
}

func pair(name string) *scenario.Pair { return scenario.Issue(scenario.Spec{CommonName: name}) }

var _ = Describe("Refresh", func() {
	It("reads safe's layout as one certificate, with version and date", func() {
		kv := mount(2)
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
		put(kv, "cf/ca", ca.Safe())
		put(kv, "cf/rep/tls", leaf.Safe())
		put(kv, "cf/rep/tls", leaf.Safe())
		s := refresh(options(kv))
		Expect(held(s)).To(ConsistOf(kv+"/cf/ca certificate ca v1", kv+"/cf/rep/tls certificate leaf v2"))
		Expect(s.State).To(Equal(reference.OK))
		Expect(s.Problems).To(BeEmpty())
		Expect(s.Secrets).To(Equal(2))
		Expect(s.Entries[0].Created).To(BeTemporally("~", time.Now(), time.Minute))
		// One look at the token and one at the mount, a list for each of three
		// folders, a read for each of two secrets.
		Expect(s.Requests).To(Equal(7))
	})

	It("reads KV version 1, told apart by the mount", func() {
		kv := mount(1)
		write(kv+"/a/b", pair("x").Safe())
		s := refresh(options(kv + "/a"))
		Expect(held(s)).To(ConsistOf(kv + "/a/b certificate x v0"))
		Expect(s.Entries[0].Created).To(BeZero())
	})

	It("searches every string, nested documents included, and passes by the rest", func() {
		kv := mount(2)
		a, b, c, d := pair("a"), pair("b"), pair("c"), pair("d")
		nested, err := json.Marshal(map[string]string{"tls": a.CertPEM() + a.KeyPEM()})
		Expect(err).NotTo(HaveOccurred())
		put(kv, "x", map[string]any{
			"json": string(nested), "yaml": "tls:\n  cert: |\n" + scenario.Indent(b.CertPEM(), "    "),
			"encoded": base64.StdEncoding.EncodeToString([]byte(c.CertPEM())),
			"number":  17, "list": []string{d.CertPEM()}, "object": map[string]any{"cert": d.CertPEM()}, "null": nil, "true": true, "empty": "",
		})
		Expect(held(refresh(options(kv)))).To(ConsistOf(kv+"/x json a v1", kv+"/x yaml b v1", kv+"/x encoded c v1"))
	})

	It("drops the value of a key field, whatever it is", func() {
		kv := mount(2)
		put(kv, "x", map[string]any{"key": pair("hidden").CertPEM(), "private_key": pair("hidden").CertPEM(), "key_id": pair("shown").CertPEM()})
		Expect(held(refresh(options(kv)))).To(ConsistOf(kv + "/x key_id shown v1"))
	})

	It("takes several paths, single secrets and odd names", func() {
		kv := mount(2)
		for _, name := range []string{"a b/c%d", "ä/ö", "plus+", "dot.s/x", "one"} {
			put(kv, name, pair(name).Safe())
		}
		s := refresh(options(kv+"/a b", "/"+kv+"/ä/", kv+"/plus+", kv+"/dot.s"))
		Expect(s.Problems).To(BeEmpty())
		Expect(s.Secrets).To(Equal(4))
	})

	It("says so when a path holds nothing, or is not a KV engine's", func() {
		kv := mount(2)
		put(kv, "x", pair("x").Safe())
		s := refresh(options(kv, kv+"/mistyped", "sys/policies"))
		Expect(s.State).To(Equal(reference.OK))
		Expect(s.Problems).To(ConsistOf(
			reference.Problem{Path: kv + "/mistyped", Reason: "there is nothing at this path"},
			HaveField("Path", "sys/policies"),
		))
	})

	It("passes over a deleted version", func() {
		kv := mount(2)
		put(kv, "gone", pair("x").Safe())
		put(kv, "there", pair("y").Safe())
		_, err := server.Client.Logical().Delete(kv + "/data/gone")
		Expect(err).NotTo(HaveOccurred())
		s := refresh(options(kv))
		Expect(held(s)).To(ConsistOf(kv + "/there certificate y v1"))
		Expect(s.Problems).To(BeEmpty())
	})

	It("loses one unparsable secret, and one denied folder, and no more", func() {
		kv := mount(2)
		put(kv, "good", pair("x").Safe())
		put(kv, "bad", map[string]any{"certificate": pair("y").CertPEM()[:200]})
		put(kv, "shut/in", pair("z").Safe())
		put(kv, "open/secret", pair("z").Safe())
		o := options(kv)
		o.Auth.Token = token(allow(kv+"/metadata/*", "list") + allow(kv+"/metadata/shut/", "deny") + allow(kv+"/metadata/shut", "deny") + allow(kv+"/metadata", "list") +
			allow(kv+"/data/*", "read") + allow(kv+"/data/open/*", "deny"))
		s := refresh(o)
		Expect(held(s)).To(ConsistOf(kv + "/good certificate x v1"))
		Expect(s.State).To(Equal(reference.OK))
		Expect(s.Problems).To(ConsistOf(
			reference.Problem{Path: kv + "/bad", Reason: `its key "certificate" holds a certificate that cannot be read: its END line is missing`},
			reference.Problem{Path: kv + "/shut/", Reason: "permission denied (403): the token is no longer valid, or its policy does not allow this"},
			reference.Problem{Path: kv + "/open/secret", Reason: "permission denied (403): the token is no longer valid, or its policy does not allow this"},
		))
	})

	It("is unavailable when nothing could be read", func() {
		kv := mount(2)
		put(kv, "x", pair("x").Safe())
		for _, spoil := range []func(*vault.Options){
			func(o *vault.Options) { o.Auth.Token = "hvs.wrong" },
			func(o *vault.Options) { o.Auth.Token = "" },
			func(o *vault.Options) {
				o.Auth.Token = token(allow(kv+"/metadata/*", "list") + allow(kv+"/metadata", "list"))
			},
			func(o *vault.Options) { o.CACert = "" },
			func(o *vault.Options) { o.Address = strings.Replace(o.Address, "https", "http", 1) },
			func(o *vault.Options) { o.Address = "https://127.0.0.1:1" },
			func(o *vault.Options) { o.Address = "https://no.such.host.invalid" },
		} {
			o := options(kv)
			spoil(&o)
			s := refresh(o)
			Expect(s.State).To(Equal(reference.Unavailable))
			Expect(s.Entries).To(BeEmpty())
			Expect(s.Error).NotTo(BeEmpty())
			Expect(s.Error).NotTo(ContainSubstring("\n"))
		}
	})

	It("does not ask the mount where it is told", func() {
		kv := mount(2)
		put(kv, "a/b", pair("x").Safe())
		o := options(kv + "/a")
		o.KVVersion = 2
		o.Auth.Token = token(allow(kv+"/metadata/*", "list")+allow(kv+"/data/*", "read"), map[string]any{"no_default_policy": true})
		Expect(held(refresh(o))).To(HaveLen(1))
		o.KVVersion, o.Mount = 0, ""
		Expect(held(refresh(o))).To(HaveLen(1), "the token sees the mount, for it may read below it")
		o.Mount, o.KVVersion = "elsewhere", 2
		Expect(refresh(o).Error).To(ContainSubstring("not below vault.mount"))
	})

	It("stops at the limit of secrets and says so", func() {
		kv := mount(2)
		for i := range 5 {
			put(kv, fmt.Sprint(i), pair("x").Safe())
		}
		o := options(kv)
		o.MaxSecrets = 3
		s := refresh(o)
		Expect(s.Secrets).To(Equal(3))
		Expect(s.Problems).To(HaveLen(1))
		Expect(s.Problems[0].Reason).To(ContainSubstring("vault.max_secrets (3)"))
	})
})

var _ = Describe("History", func() {
	It("tells older versions newest first, deleted and destroyed ones without certificates", func() {
		kv := mount(2)
		var pairs []*scenario.Pair
		for range 5 {
			pairs = append(pairs, pair("x"))
			put(kv, "a", pairs[len(pairs)-1].Safe())
		}
		write(kv+"/delete/a", map[string]any{"versions": []int{4}})
		write(kv+"/destroy/a", map[string]any{"versions": []int{2}})
		s := source(options(kv))
		versions, err := s.History(ctx, s.Refresh(ctx).Entries[0])
		Expect(err).NotTo(HaveOccurred())
		Expect(versions).To(HaveLen(4))
		for i, expected := range []struct {
			number int
			prints []cert.Fingerprint
		}{{4, nil}, {3, []cert.Fingerprint{pairs[2].Fingerprint()}}, {2, nil}, {1, []cert.Fingerprint{pairs[0].Fingerprint()}}} {
			Expect(versions[i].Number).To(Equal(expected.number))
			Expect(versions[i].Fingerprints).To(Equal(expected.prints))
			Expect(versions[i].Created).To(BeTemporally("~", time.Now(), time.Minute))
		}
	})

	It("ends where Vault does not keep any more", func() {
		kv := mount(2)
		write(kv+"/metadata/a", map[string]any{"max_versions": 3})
		for range 6 {
			put(kv, "a", pair("x").Safe())
		}
		s := source(options(kv))
		versions, err := s.History(ctx, s.Refresh(ctx).Entries[0])
		Expect(err).NotTo(HaveOccurred())
		Expect(versions).To(HaveLen(2))
	})

	It("has none in KV version 1", func() {
		kv := mount(1)
		write(kv+"/a", pair("x").Safe())
		s := source(options(kv))
		Expect(s.History(ctx, s.Refresh(ctx).Entries[0])).To(BeEmpty())
	})

	It("tells what is deployed by resolving with it", func() {
		kv := mount(2)
		old, young, foreign := pair("x"), scenario.Issue(scenario.Spec{CommonName: "x", NotBefore: time.Now().Add(-time.Minute)}), scenario.Issue(scenario.Spec{CommonName: "x", NotBefore: time.Now()})
		put(kv, "a", old.Safe())
		put(kv, "a", young.Safe())
		s := source(options(kv))
		snapshot := s.Refresh(ctx)
		references, problems := reference.Resolve(ctx, snapshot, s, []cert.Deployed{{Certificate: old.Noun()}, {Certificate: young.Noun()}, {Certificate: foreign.Noun()}})
		Expect(problems).To(BeEmpty())
		Expect(references[old.Fingerprint()].State).To(Equal(cert.Stale))
		Expect(references[old.Fingerprint()].DeployedVersion).To(Equal(1))
		Expect(references[old.Fingerprint()].Since).To(Equal(snapshot.Entries[0].Created))
		Expect(references[young.Fingerprint()].State).To(Equal(cert.Current))
		Expect(references[foreign.Fingerprint()].State).To(Equal(cert.Unexpected))
	})
})

var _ = Describe("logging in", func() {
	var (
		kv    string
		rules string
		clock *time.Time
		o     vault.Options
	)
	BeforeEach(func() {
		kv = mount(2)
		put(kv, "x", pair("x").Safe())
		rules = allow(kv+"/metadata/*", "list") + allow(kv+"/metadata", "list") + allow(kv+"/data/*", "read")
		now := time.Now()
		clock = &now
		o = options(kv)
		o.Auth = vault.Auth{}
		o.Now = func() time.Time { return *clock }
	})

	// appRole makes a role whose tokens live for ttl.
	appRole := func(ttl string) vault.AppRole {
		GinkgoHelper()
		name := fmt.Sprintf("role-%d", mounts.Add(1))
		write("sys/policies/acl/"+name, map[string]any{"policy": rules})
		write("auth/approle/role/"+name, map[string]any{"token_policies": name, "token_ttl": ttl, "token_max_ttl": "2h"})
		id, err := server.Client.Logical().Read("auth/approle/role/" + name + "/role-id")
		Expect(err).NotTo(HaveOccurred())
		secret := write("auth/approle/role/"+name+"/secret-id", nil)
		return vault.AppRole{RoleID: id.Data["role_id"].(string), SecretID: secret["secret_id"].(string)}
	}

	It("logs in by AppRole once, and keeps the token", func() {
		o.Auth.AppRole = appRole("1h")
		s := source(o)
		Expect(held(s.Refresh(ctx))).To(HaveLen(1))
		first := s.Refresh(ctx).Requests
		Expect(s.Refresh(ctx).Requests).To(Equal(first))
	})

	It("renews the token at two thirds of its life, and logs in again when it cannot", func() {
		o.Auth.AppRole = appRole("1h")
		s := source(o)
		Expect(s.Refresh(ctx).State).To(Equal(reference.OK))
		*clock = clock.Add(41 * time.Minute)
		Expect(s.Refresh(ctx).State).To(Equal(reference.OK))
		write("auth/token/revoke-accessor", map[string]any{"accessor": newestAccessor()})
		*clock = clock.Add(41 * time.Minute)
		Expect(s.Refresh(ctx).State).To(Equal(reference.OK), "renewal is refused, so it logs in")
	})

	It("logs in again when the token was revoked before its time", func() {
		o.Auth.AppRole = appRole("1h")
		s := source(o)
		Expect(s.Refresh(ctx).State).To(Equal(reference.OK))
		write("auth/token/revoke-accessor", map[string]any{"accessor": newestAccessor()})
		Expect(s.Refresh(ctx).State).To(Equal(reference.OK))
	})

	It("says which login failed and why, without the credential", func() {
		role := appRole("1h")
		role.SecretID = "not-the-secret"
		o.Auth.AppRole = role
		s := refresh(o)
		Expect(s.State).To(Equal(reference.Unavailable))
		Expect(s.Error).To(Equal("log in by AppRole at auth/approle/login: Vault refused the request (400): invalid role or secret ID"))
	})

	It("logs in by TLS certificate", func() {
		dir := GinkgoT().TempDir()
		client := scenario.Issue(scenario.Spec{CommonName: "agent", Client: true})
		Expect(os.WriteFile(filepath.Join(dir, "c"), []byte(client.CertPEM()), 0o600)).To(Succeed())
		Expect(os.WriteFile(filepath.Join(dir, "k"), []byte(client.KeyPEM()), 0o600)).To(Succeed())
		write("sys/policies/acl/by-cert", map[string]any{"policy": rules})
		write("auth/cert/certs/agent", map[string]any{"certificate": client.CertPEM(), "token_policies": "by-cert"})
		o.Auth.Cert = vault.Cert{Role: "agent", Certificate: filepath.Join(dir, "c"), Key: filepath.Join(dir, "k")}
		Expect(held(refresh(o))).To(HaveLen(1))
		o.Auth.Cert.Role = "nobody"
		Expect(refresh(o).Error).To(HavePrefix("log in by TLS certificate at auth/cert/login: "))
	})

	It("renews a token that it was given", func() {
		o.Auth.Token = token(rules, map[string]any{"ttl": "1h", "renewable": true})
		s := source(o)
		Expect(s.Refresh(ctx).State).To(Equal(reference.OK))
		*clock = clock.Add(50 * time.Minute)
		renewing := s.Refresh(ctx)
		Expect(renewing.State).To(Equal(reference.OK))
		Expect(s.Refresh(ctx).Requests).To(Equal(renewing.Requests - 1))
	})

	It("takes the token from a file each time", func() {
		file := filepath.Join(GinkgoT().TempDir(), "token")
		o.Auth.TokenFile = file
		s := source(o)
		Expect(s.Refresh(ctx).Error).To(ContainSubstring("read the token file"))
		Expect(os.WriteFile(file, []byte(token(rules)+"\n"), 0o600)).To(Succeed())
		Expect(s.Refresh(ctx).State).To(Equal(reference.OK))
	})
})

// newestAccessor finds the token that was made last.
func newestAccessor() string {
	GinkgoHelper()
	list, err := server.Client.Logical().List("auth/token/accessors")
	Expect(err).NotTo(HaveOccurred())
	newest, at := "", json.Number("0")
	for _, accessor := range list.Data["keys"].([]any) {
		token, err := server.Client.Logical().Write("auth/token/lookup-accessor", map[string]any{"accessor": accessor})
		if err != nil {
			continue // it ended meanwhile
		}
		policies := fmt.Sprint(token.Data["policies"])
		created := token.Data["creation_time"].(json.Number)
		if strings.Contains(policies, "role-") && created >= at {
			newest, at = accessor.(string), created
		}
	}
	return newest
}

var _ = Describe("a Vault in trouble", func() {
	// tree fills an engine with ten secrets.
	tree := func() string {
		GinkgoHelper()
		kv := mount(2)
		for i := range 10 {
			put(kv, fmt.Sprint(i), pair(fmt.Sprint(i)).Safe())
		}
		return kv
	}

	// behind puts a proxy before the real Vault that answers with a status of
	// its own where refuse says so.
	behind := func(kv string, refuse func(path string) int) vault.Options {
		GinkgoHelper()
		target, err := url.Parse(server.Address)
		Expect(err).NotTo(HaveOccurred())
		forward := httputil.NewSingleHostReverseProxy(target)
		forward.Transport = server.Client.CloneConfig().HttpClient.Transport
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			status := refuse(strings.TrimPrefix(r.URL.Path, "/v1/"+kv+"/"))
			if status == 0 {
				forward.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(status)
		}))
		DeferCleanup(proxy.Close)
		o := options(kv)
		o.Address, o.CACert = proxy.URL, ""
		return o
	}

	It("asks within its namespace, and in none unless it is told", func() {
		var seen sync.Map
		kv := tree()
		target, err := url.Parse(server.Address)
		Expect(err).NotTo(HaveOccurred())
		forward := httputil.NewSingleHostReverseProxy(target)
		forward.Transport = server.Client.CloneConfig().HttpClient.Transport
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen.Store(r.Header.Get("X-Vault-Namespace"), true)
			r.Header.Del("X-Vault-Namespace") // only the enterprise edition has them
			forward.ServeHTTP(w, r)
		}))
		DeferCleanup(proxy.Close)
		for _, namespace := range []string{"", "ops/cf"} {
			seen.Clear()
			o := options(kv)
			o.Address, o.CACert, o.Namespace = proxy.URL, "", namespace
			Expect(refresh(o).Entries).To(HaveLen(10))
			seen.Range(func(header, _ any) bool {
				Expect(header).To(Equal(namespace))
				return true
			})
		}
	})

	It("waits out its real rate limit", func() {
		kv := tree()
		write("sys/quotas/rate-limit/"+kv, map[string]any{"path": kv, "rate": 4, "interval": "1s"})
		s := refresh(options(kv))
		Expect(s.Problems).To(BeEmpty())
		Expect(s.Entries).To(HaveLen(10))
		Expect(s.Requests).To(BeNumerically(">", 13), "some were sent again")
	})

	It("loses what it answers 503 to for good, and nothing else", func() {
		var asked atomic.Int64
		kv := tree()
		s := refresh(behind(kv, func(path string) int {
			if path == "data/7" {
				asked.Add(1)
				return http.StatusServiceUnavailable
			}
			return 0
		}))
		Expect(s.Entries).To(HaveLen(9))
		Expect(s.Problems).To(Equal([]reference.Problem{{Path: kv + "/7", Reason: "Vault is sealed, or not ready (503)"}}))
		Expect(asked.Load()).To(BeEquivalentTo(1 + vault.DefaultMaxRetries))
	})

	It("asks again what it answers 500 to once", func() {
		var refused sync.Map
		kv := tree()
		s := refresh(behind(kv, func(path string) int {
			if _, before := refused.LoadOrStore(path, true); !before {
				return http.StatusInternalServerError
			}
			return 0
		}))
		Expect(s.Problems).To(BeEmpty())
		Expect(s.Entries).To(HaveLen(10))
	})

	It("ends at its deadline when Vault hangs, with what it has", func() {
		kv := tree()
		hang := make(chan struct{})
		o := behind(kv, func(path string) int {
			if strings.HasPrefix(path, "data/") && path != "data/0" {
				<-hang
			}
			return 0
		})
		DeferCleanup(func() { close(hang) })
		o.Concurrency, o.Timeout = 1, 300*time.Millisecond
		s := refresh(o)
		Expect(held(s)).To(HaveLen(1))
		Expect(s.Problems).To(ConsistOf(
			reference.Problem{Path: kv + "/1", Reason: "Vault did not answer in time"},
			reference.Problem{Path: kv + "/", Reason: "8 paths were not read within vault.timeout (300ms)"},
		))
	})

	It("names no more than a few of many paths that it could not read", func() {
		kv := mount(2)
		for i := range 30 {
			put(kv, fmt.Sprint(i), pair("x").Safe())
		}
		o := options(kv)
		o.Auth.Token = token(allow(kv+"/metadata/*", "list") + allow(kv+"/metadata", "list") + allow(kv+"/data/1", "read"))
		s := refresh(o)
		Expect(s.State).To(Equal(reference.OK))
		Expect(s.Problems).To(HaveLen(21))
		Expect(s.Problems[20].Reason).To(Equal("9 more paths could not be read"))
	})

	It("is unavailable when it is sealed", func() {
		program, err := scenario.FindDevVault()
		Expect(err).NotTo(HaveOccurred())
		other, err := scenario.StartDevVault(ctx, scenario.DevVaultOptions{Program: program, Dir: GinkgoT().TempDir()})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(other.Stop)
		Expect(other.Client.Sys().Seal()).To(Succeed())
		s := refresh(vault.Options{Address: other.Address, Paths: []string{"secret"}, Auth: vault.Auth{Token: other.Token}, MaxRetries: 1})
		Expect(s.State).To(Equal(reference.Unavailable))
		Expect(s.Error).To(Equal("look up the token: Vault is sealed, or not ready (503)"))
	})
})
