package remote_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/hub/internal/source/remote"
	"cert-health/hub/internal/standin"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
)

func file(contents string) string {
	path := filepath.Join(GinkgoT().TempDir(), "file")
	Expect(os.WriteFile(path, []byte(contents), 0o600)).To(Succeed())
	return path
}

var _ = Describe("a remote server", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})

	serve := func() *standin.Server {
		server, err := standin.Serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { standin.JSON(w, http.StatusOK, []int{1}) }), ca)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(server.Close)
		return server
	}
	asking := func(options remote.Options) *remote.Remote {
		options.Product = "The store"
		r, err := remote.New(options)
		Expect(err).NotTo(HaveOccurred())
		return r
	}

	It("is asked in a collection, whose certificates it shows", func(ctx context.Context) {
		server := serve()
		r := asking(remote.Options{CACert: file(ca.CertPEM())})
		r.Begin(ctx)
		var list remote.List[int]
		Expect(r.Get(r.Client(), server.URL, &list)).To(Succeed())
		Expect(list).To(HaveExactElements(1))
		items, certificates := r.Endpoints()
		Expect(items).To(ConsistOf(And(HaveField("Path", "endpoint "+strings.TrimPrefix(server.URL, "https://")), HaveField("Sightings", HaveLen(1)))))
		Expect(certificates[0].Fingerprint).To(Equal(server.Own.Fingerprint()))
		Expect(r.Requests()).To(Equal(1))
		r.End()
		r.Begin(ctx)
		Expect(r.Endpoints()).Error().To(BeEmpty())
	})

	It("explains a certificate by its dates and not by the time of the attempt", func(ctx context.Context) {
		expired := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, NotBefore: time.Now().AddDate(-2, 0, 0)})
		server, err := standin.Serve(http.NotFoundHandler(), expired)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(server.Close)
		r := asking(remote.Options{CACert: file(expired.CertPEM())})
		r.Begin(ctx)
		Expect(r.Get(r.Client(), server.URL, nil)).To(MatchError(MatchRegexp(`^the certificate of The store expired at \d{4}-\d\d-\d\d \d\d:\d\d UTC: renew it, or set`)))
	})

	It("must use TLS, at a name that can be resolved, with its own certificate", func(ctx context.Context) {
		plain := httptest.NewServer(http.NotFoundHandler())
		DeferCleanup(plain.Close)
		r := asking(remote.Options{})
		r.Begin(ctx)
		Expect(r.Get(r.Client(), strings.Replace(plain.URL, "http", "https", 1), nil)).To(MatchError("The store does not use TLS at this address: correct address of this source"))
		Expect(r.Get(r.Client(), "https://no.such.host.invalid", nil)).To(MatchError("the host name of The store cannot be resolved, no.such.host.invalid: correct address of this source, or the DNS"))
		server := serve()
		r = asking(remote.Options{CACert: file(ca.CertPEM())})
		r.Begin(ctx)
		Expect(r.Get(r.Client(), strings.Replace(server.URL, "127.0.0.1", "localhost", 1), nil)).
			To(MatchError("the certificate of The store is for another name than localhost: set address to one of its names, or issue it again"))
	})

	It("needs PEM, or files with it, that can be used, and quotes none", func() {
		pair, other := scenario.Issue(scenario.Spec{}), scenario.Issue(scenario.Spec{})
		headless := strings.Join(strings.Split(pair.KeyPEM(), "\n")[1:], "\n")
		for says, options := range map[string]remote.Options{
			"read ca_cert: it holds no certificate in PEM":                                        {CACert: file("nothing")},
			"read ca_cert: it must be PEM, or name a file that exists":                            {CACert: "/not/there"},
			"certificate and private_key cannot be used: they must be in PEM and belong together": {Certificate: pair.CertPEM(), PrivateKey: secret.New(file(other.KeyPEM()))},
			"private_key cannot be read: it must be PEM, or name a file that exists":              {Certificate: file(pair.CertPEM()), PrivateKey: secret.New(headless)},
		} {
			_, err := remote.New(options)
			Expect(err).To(MatchError(says))
		}
		_, err := remote.New(remote.Options{CACert: pair.CertPEM(), Certificate: pair.CertPEM(), PrivateKey: secret.New(pair.KeyPEM())})
		Expect(err).NotTo(HaveOccurred())
	})
})

var _ = Describe("Printable", func() {
	It("keeps a usual name, and escapes what terminals obey", func() {
		Expect(remote.Printable("/bosh/cf/router_ssl ü")).To(Equal("/bosh/cf/router_ssl ü"))
		Expect(remote.Printable("\x1b[31m\u202e\x00\xff")).To(Equal(`\u001b[31m\u202e\u0000\xff`))
		Expect(remote.Printable(strings.Repeat("x", 5000))).To(HaveLen(1027))
	})

	It("is printable for every name", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			name := remote.Printable(rapid.String().Draw(t, "name"))
			Expect(strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })).To(BeFalse())
		})
	})
})

var _ = Describe("List", func() {
	It("reads lists of JSON up to its limit", func() {
		var list remote.List[string]
		Expect(json.Unmarshal([]byte(`["a","b"]`), &list)).To(Succeed())
		Expect(list).To(HaveExactElements("a", "b"))
		Expect(json.Unmarshal([]byte(`null`), new(remote.List[string]))).To(Succeed())
		Expect(json.Unmarshal([]byte(`{}`), new(remote.List[string]))).NotTo(Succeed())
		Expect(json.Unmarshal([]byte(`["a",1]`), new(remote.List[string]))).NotTo(Succeed())
		Expect(json.Unmarshal([]byte("[0"+strings.Repeat(",0", remote.MaxItems)+"]"), new(remote.List[int]))).NotTo(Succeed())
	})
})

var _ = Describe("Each", func() {
	It("calls the function with every item once", func() {
		var (
			mutex sync.Mutex
			seen  []int
		)
		remote.Each(3, []int{1, 2, 3, 4, 5}, func(worker int, item *int) {
			mutex.Lock()
			defer mutex.Unlock()
			Expect(worker).To(BeNumerically("<", 3))
			seen = append(seen, *item)
		})
		slices.Sort(seen)
		Expect(seen).To(Equal([]int{1, 2, 3, 4, 5}))
		remote.Each(3, nil, func(int, *int) { Fail("there is no item") })
	})
})

var _ = Describe("Breaker", func() {
	It("ends the requests after five failures in a row, or after one limit of the rate", func() {
		var b remote.Breaker
		busy := remote.NewFault(remote.Busy, "busy")
		for range 4 {
			b.Note(busy)
		}
		b.Note(remote.NewFault(remote.NotFound, "about one thing"))
		for range 4 {
			b.Note(busy)
		}
		Expect(b.Broken()).NotTo(HaveOccurred())
		b.Note(busy)
		Expect(b.Broken()).To(MatchError("busy"))
		r, err := remote.New(remote.Options{Product: "The store"})
		Expect(err).NotTo(HaveOccurred())
		var limited remote.Breaker
		limited.Note(r.Status(http.StatusTooManyRequests))
		Expect(limited.Broken()).To(HaveOccurred())
	})
})
