package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"

	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/vault/publish"
)

// door is a proxy in front of Vault that can be closed.
type door struct {
	address string // host and port, the same every time
	handler http.Handler
	server  *http.Server
}

// newDoor opens a door. It calls onPatch before each write of metadata, with a context that ends
// with the request.
func newDoor(vault *vaulttest.Server, onPatch func(ctx context.Context, nth int64)) *door {
	GinkgoHelper()
	proxy := vault.Forward()
	var patches atomic.Int64
	d := &door{address: "127.0.0.1:0", handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch && onPatch != nil {
			onPatch(r.Context(), patches.Add(1))
		}
		proxy.ServeHTTP(w, r)
	})}
	d.open()
	DeferCleanup(func() { _ = d.server.Close() })
	return d
}

func (d *door) open() {
	GinkgoHelper()
	var listener net.Listener
	Eventually(func() (err error) {
		listener, err = net.Listen("tcp", d.address)
		return err
	}).WithTimeout(10 * time.Second).Should(Succeed())
	d.address = listener.Addr().String()
	d.server = &http.Server{Handler: d.handler, ReadHeaderTimeout: time.Minute}
	go func(server *http.Server) { _ = server.Serve(listener) }(d.server)
}

// shut closes all connections and accepts no new ones.
func (d *door) shut() {
	GinkgoHelper()
	Expect(d.server.Close()).To(Succeed())
}

var _ = Describe("the built program publishes", Ordered, func() {
	const deadline = 30 * time.Second
	var (
		program string
		server  *vaulttest.Server
		ctx     = context.Background()
	)

	BeforeAll(func() {
		var err error
		program, err = gexec.Build("cert-health/cmd/cert-health")
		Expect(err).NotTo(HaveOccurred())
		server = vaulttest.Start(scenario.DevVaultOptions{})
	})

	start := func(d *door, args ...string) *gexec.Session {
		GinkgoHelper()
		command := exec.Command(program, append([]string{"publish"}, args...)...)
		command.Env = []string{"VAULT_ADDR=http://" + d.address, "VAULT_TOKEN=" + server.Token}
		session, err := gexec.Start(command, GinkgoWriter, GinkgoWriter)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { session.Kill().Wait(deadline) })
		return session
	}
	put := func(path string) {
		GinkgoHelper()
		Expect(server.Put(ctx, path, scenario.Issue(scenario.Spec{CommonName: path}).Safe())).To(Succeed())
	}
	// publishedVersion returns the published version of a secret.
	publishedVersion := func(path string) string {
		read, err := server.Client.KVv2("secret").GetMetadata(ctx, path)
		if err != nil || read.CustomMetadata["cert-health.0"] == nil {
			return ""
		}
		return strings.Fields(read.CustomMetadata["cert-health.0"].(string))[1]
	}
	// leaks fails if the token was printed.
	leaks := func(session *gexec.Session) {
		GinkgoHelper()
		said := string(session.Out.Contents()) + string(session.Err.Contents())
		Expect(strings.Contains(said, server.Token)).To(BeFalse(), "the token was printed")
	}

	It("the rest in the next run after it was killed", func() {
		const secrets = 1000
		var group sync.WaitGroup
		for worker := range 8 {
			group.Go(func() {
				defer GinkgoRecover()
				for i := worker; i < secrets; i += 8 {
					put(fmt.Sprintf("many/group-%02d/cert-%04d", i%20, i))
				}
			})
		}
		group.Wait()
		reached := make(chan struct{})
		session := start(newDoor(server, func(ctx context.Context, nth int64) {
			if nth == secrets/2 {
				close(reached)
			}
			if nth >= secrets/2 {
				<-ctx.Done()
			}
		}), "--vault-path", "secret/many")
		Eventually(reached).WithTimeout(deadline).Should(BeClosed())
		session.Kill().Wait(deadline)
		Expect(session.ExitCode()).NotTo(Equal(exitOK))

		d := newDoor(server, nil)
		next := start(d, "--vault-path", "secret/many", "--format", "json").Wait(deadline)
		Expect(next.ExitCode()).To(Equal(exitOK))
		var r publish.Result
		Expect(json.Unmarshal(next.Out.Contents(), &r)).To(Succeed())
		Expect(r.Published).To(Equal(secrets))
		Expect(len(r.Changes)).To(BeNumerically("~", secrets/2, 20), "the others were published before")
		Expect(r.IndexWrites).To(BeNumerically(">", 1))
		again := start(d, "--vault-path", "secret/many").Wait(deadline)
		Expect(string(again.Out.Contents())).To(Equal("1000 secrets, 1000 of them with certificates (1000 in all): 0 published, 1000 unchanged; index: unchanged\n"))
		leaks(session)
	})

	It("until it is interrupted, and says how many secrets it published", func() {
		for i := range 100 {
			put(fmt.Sprintf("interrupted/%02d", i))
		}
		reached := make(chan struct{})
		session := start(newDoor(server, func(ctx context.Context, nth int64) {
			if nth == 50 {
				close(reached)
			}
			if nth >= 50 {
				<-ctx.Done()
			}
		}), "--vault-path", "secret/interrupted")
		Eventually(reached).WithTimeout(deadline).Should(BeClosed())
		session.Terminate()
		Eventually(session).WithTimeout(deadline).Should(gexec.Exit(exitFailed))
		Expect(session.Err).To(gbytes.Say(`^cert-health: interrupted after \d+ secrets: their publications are written; run it again for the rest and for the index\n$`))
		Expect(session.Out.Contents()).To(BeEmpty())
	})

	It("repeatedly, reports once that Vault does not answer, continues afterwards, and exits with 0", func() {
		put("watched")
		d := newDoor(server, nil)
		session := start(d, "--vault-path", "secret/watched", "--watch", "--interval", "1s")
		line := func(n int) string {
			lines := strings.SplitAfter(string(session.Out.Contents()), "\n")
			if len(lines) <= n {
				return ""
			}
			return lines[n]
		}
		Eventually(line).WithArguments(0).WithTimeout(deadline).Should(MatchRegexp(
			`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ 1 secret, 1 of them with certificates \(1 in all\): 1 published, 0 unchanged; index: 2 parts written\n$`))
		put("watched")
		Eventually(publishedVersion).WithArguments("watched").WithTimeout(deadline).Should(Equal("2"))
		Eventually(line).WithArguments(1).WithTimeout(deadline).Should(HaveSuffix("1 published, 0 unchanged; index: unchanged\n"))

		d.shut()
		Eventually(session.Err).WithTimeout(deadline).Should(gbytes.Say(`^\S+Z cert-health: nothing could be published: secret/watched/?: .*nothing listens at \S+: connection refused`))
		put("watched")
		d.open()
		Eventually(session.Err).WithTimeout(deadline).Should(gbytes.Say(`Z cert-health: publishing again\n`))
		Eventually(publishedVersion).WithArguments("watched").WithTimeout(deadline).Should(Equal("3"))

		session.Terminate()
		Eventually(session).WithTimeout(deadline).Should(gexec.Exit(exitOK))
		leaks(session)
	})

	It("valid certificates beside damaged ones, and writes one line of JSON when a problem begins and when it ends", func() {
		good := scenario.Issue(scenario.Spec{CommonName: "x"})
		Expect(server.Put(ctx, "broken", map[string]any{"a": good.CertPEM()[:200], "b": good.CertPEM()})).To(Succeed())
		session := start(newDoor(server, nil), "--vault-path", "secret/broken", "--watch", "--interval", "1s", "--format", "json")
		results := func() (all []publish.Result) {
			decoder := json.NewDecoder(strings.NewReader(string(session.Out.Contents())))
			for {
				var r publish.Result
				if decoder.Decode(&r) != nil {
					return all
				}
				all = append(all, r)
			}
		}
		Eventually(results).WithTimeout(deadline).Should(ConsistOf(HaveField("Problems", HaveLen(1))))
		Consistently(results, 2500*time.Millisecond).Should(HaveLen(1))
		Expect(strings.Count(string(session.Out.Contents()), "\n")).To(Equal(1))
		Expect(server.Put(ctx, "broken", good.Safe())).To(Succeed())
		Eventually(results).WithTimeout(deadline).Should(HaveExactElements(HaveField("Problems", HaveLen(1)), HaveField("Problems", BeEmpty())))
		session.Interrupt()
		Eventually(session).WithTimeout(deadline).Should(gexec.Exit(exitOK))
	})
})
