package collect_test

import (
	"net/http"
	"path/filepath"
	"time"

	"code.cloudfoundry.org/clock"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/collect"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/director"
	"cert-health/hub/internal/standin"
	bosh "cert-health/hub/internal/standin/director"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
)

// directing starts a Director, and makes a source of it.
func directing() (*bosh.Server, *standin.Server, collect.Source) {
	GinkgoHelper()
	store := bosh.New(bosh.Options{Users: map[string]string{"hub": "password"}})
	store.SetCertificates(bosh.Expiry{Path: "nats", Expiry: "2099-01-01T00:00:00Z"})
	store.SetDeployments(bosh.Deployment{Name: "cf"})
	server, err := standin.Serve(store, scenario.Issue(scenario.Spec{CommonName: "ca", CA: true}))
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(server.Close)
	options := director.Defaults()
	options.Address, options.CACert = server.URL, filepath.Join(GinkgoT().TempDir(), "ca.pem")
	options.User, options.Password = "hub", secret.New("password")
	Expect(server.CAFile(options.CACert)).To(Succeed())
	made, err := director.New("bosh", options)
	Expect(err).NotTo(HaveOccurred())
	return store, server, collect.Source{Name: "bosh", Type: director.Type, Interval: interval, Timeout: time.Minute, Source: made}
}

var _ = Describe("the instances that a Director lists", func() {
	keys := func(h *hub) func() []inventory.InstanceKey {
		return func() (keys []inventory.InstanceKey) {
			list, known := h.Listed()
			if !known {
				return nil
			}
			keys = []inventory.InstanceKey{}
			for _, l := range list {
				keys = append(keys, l.Key())
			}
			return keys
		}
	}

	It("are unknown without a Director", func() {
		h := start(file(), clock.NewClock())
		Eventually(h.Loaded).Should(BeTrue())
		_, known := h.Listed()
		Expect(known).To(BeFalse())
	})

	It("follow it, stay while it does not answer and after a restart, and are nothing that the catalog shows", func() {
		store, server, source := directing()
		server.Instead(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		path := file()
		h := start(path, clock.NewClock(), source)
		Eventually(func() string { return h.health("bosh").Error }).ShouldNot(BeEmpty())
		_, known := h.Listed()
		Expect(known).To(BeFalse(), "it has never answered")
		server.Instead(nil)
		Eventually(keys(h)).Should(BeEmpty())
		Eventually(func() bool { _, known := h.Listed(); return known }).Should(BeTrue())
		Eventually(func() bool { return h.health("bosh").LastSuccess.IsZero() }).Should(BeFalse())
		before := h.health("bosh").Items
		store.SetInstances("cf", bosh.Instance{Job: "router", ID: "b"}, bosh.Instance{Job: "cell", ID: "a", CID: "vm", IPs: []string{"10.0.0.1"}})
		Eventually(keys(h)).Should(HaveExactElements(inventory.KeyOf("cf", "cell", "a"), inventory.KeyOf("cf", "router", "b")))
		Expect(h.health("bosh").Items).To(Equal(before))
		Expect(h.View().Tree("bosh", "").Nodes).To(ConsistOf(HaveField("Name", "director"), HaveField("Name", HavePrefix("endpoint"))))

		server.Instead(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		Eventually(func() string { return h.health("bosh").Error }).ShouldNot(BeEmpty())
		Expect(keys(h)()).To(HaveLen(2), "the last list stays")
		Expect(h.health("bosh").Items).To(Equal(before))
		h.stop()
		h = start(path, clock.NewClock(), source)
		Eventually(h.Loaded).Should(BeTrue())
		Expect(keys(h)()).To(HaveLen(2))

		server.Instead(nil)
		store.SetDeployments()
		Eventually(keys(h)).Should(And(Not(BeNil()), BeEmpty()), "the deployment was deleted")
		Expect(h.log.String()).NotTo(ContainSubstring("router"), "a deploy changes all instances")
	})

	It("are unknown as long as a hub of an older release has collected them last", func() {
		path := file()
		store := database(path)
		defer func() { _ = store.Close() }()
		health := inventory.Health{Name: "bosh", Type: director.Type, Interval: time.Hour, LastAttempt: time.Now(), LastSuccess: time.Now()}
		deployment := inventory.Stored{Source: "bosh", Item: inventory.Item{Path: "deployment/cf", Kind: "deployment"}}
		_, _, source := directing()
		source.Interval = time.Hour
		load := func() bool {
			GinkgoHelper()
			Expect(store.SaveCollection(ctx, db.Saved{Source: health, Items: []inventory.Stored{deployment}})).To(Succeed())
			c, err := collect.New(collect.Options{Sources: []collect.Source{source}, Store: store, Policy: catalog.DefaultPolicy()})
			Expect(err).NotTo(HaveOccurred())
			Expect(c.Load(ctx)).To(Succeed())
			_, known := c.Listed()
			return known
		}
		Expect(load()).To(BeFalse())
		h := startOn(store, clock.NewClock(), source)
		Eventually(keys(h)).ShouldNot(BeNil(), "it is collected at once, and not in an hour")
		h.stop()
		deployment.Version = "never"
		Expect(load()).To(BeTrue())
	})
})
