package director_test

import (
	"fmt"
	"net/http"
	"strconv"

	official "github.com/cloudfoundry/bosh-cli/v7/director"
	officialuaa "github.com/cloudfoundry/bosh-cli/v7/uaa"
	"github.com/cloudfoundry/bosh-utils/logger"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/standin"
	"cert-health/hub/internal/standin/director"
	"cert-health/hub/internal/standin/uaa"
	"cert-health/internal/scenario"
)

// rig is a Director with its UAA.
type rig struct {
	ca       *scenario.Pair
	uaa      *uaa.Server
	tokens   *standin.Server
	director *director.Server
	server   *standin.Server
}

func start(options director.Options) *rig {
	r := &rig{ca: scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})}
	clients := map[string]uaa.Client{}
	for name, scope := range map[string]string{"admin": "bosh.admin", "reader": "bosh.read", "team": "bosh.teams.t.admin", "nothing": "uaa.none"} {
		clients[name] = uaa.Client{Secret: name + "-secret", Scopes: []string{scope}}
	}
	r.uaa = uaa.New(uaa.Options{Clients: clients})
	var err error
	r.tokens, err = standin.Serve(r.uaa, r.ca)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(r.tokens.Close)
	if options.Users == nil {
		options.UAA, options.UAAURL = r.uaa, r.tokens.URL
	}
	r.director = director.New(options)
	r.director.SetDeployments(
		director.Deployment{Name: "cf", Manifest: "name: cf\n", Instances: []director.Instance{{AgentID: "agent", Job: "router", ID: "one", AZ: "z1", IPs: []string{"10.0.0.1"}, ExpectsVM: true, CID: "vm", CreatedAt: "2026-11-01T00:00:00Z", Ignore: true}},
			Variables: []director.Variable{{ID: "1", Name: "/cf/tls", Expiry: "2027-01-01T00:00:00Z", Days: 30}, {ID: "2", Name: "/cf/password"}}},
		director.Deployment{Name: "mine", Teams: []string{"t"}})
	r.server, err = standin.Serve(r.director, r.ca)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(r.server.Close)
	return r
}

// as logs in with the packages of the BOSH CLI.
func (r *rig) as(id, secret string) official.Director {
	quiet := logger.NewLogger(logger.LevelNone)
	config, err := official.NewConfigFromURL(r.server.URL)
	Expect(err).NotTo(HaveOccurred())
	config.CACert = r.ca.CertPEM()
	access, err := officialuaa.NewConfigFromURL(r.tokens.URL)
	Expect(err).NotTo(HaveOccurred())
	access.CACert, access.Client, access.ClientSecret = r.ca.CertPEM(), id, secret
	tokens, err := officialuaa.NewFactory(quiet).New(access)
	Expect(err).NotTo(HaveOccurred())
	config.TokenFunc = officialuaa.NewClientTokenSession(tokens).TokenFunc
	d, err := official.NewFactory(quiet).New(config, official.NewNoopTaskReporter(), official.NewNoopFileReporter())
	Expect(err).NotTo(HaveOccurred())
	return d
}

var _ = Describe("the BOSH CLI", func() {
	It("asks for everything that the source needs", func() {
		r := start(director.Options{UUID: "u"})
		d := r.as("admin", "admin-secret")
		info, err := d.Info()
		Expect(err).NotTo(HaveOccurred())
		Expect(info.Auth.Type).To(Equal("uaa"))
		Expect(info.Auth.Options["url"]).To(Equal(r.tokens.URL))
		list, err := d.ListDeployments()
		Expect(err).NotTo(HaveOccurred())
		Expect(list).To(HaveLen(2))
		cf, err := d.FindDeployment("cf")
		Expect(err).NotTo(HaveOccurred())
		Expect(cf.Manifest()).To(Equal("name: cf\n"))
		instances, err := cf.Instances()
		Expect(err).NotTo(HaveOccurred())
		Expect(instances).To(HaveExactElements(HaveField("AgentID", "agent")))
		Expect(r.director.Tasks()).To(BeZero(), "no agent was asked")
		variables, err := cf.Variables()
		Expect(err).NotTo(HaveOccurred())
		Expect(variables).To(HaveExactElements(official.VariableResult{ID: "1", Name: "/cf/tls"}, official.VariableResult{ID: "2", Name: "/cf/password"}))
		unknown, err := d.FindDeployment("unknown")
		Expect(err).NotTo(HaveOccurred())
		_, err = unknown.Instances()
		Expect(err).To(MatchError(ContainSubstring("Deployment 'unknown' doesn't exist")))
	})

	It("follows the redirect to a task for what only agents know", func() {
		r := start(director.Options{})
		cf, err := r.as("reader", "reader-secret").FindDeployment("cf")
		Expect(err).NotTo(HaveOccurred())
		infos, err := cf.InstanceInfos()
		Expect(err).NotTo(HaveOccurred())
		Expect(infos).To(HaveExactElements(And(HaveField("Ignore", true), HaveField("ID", "one"))))
		Expect(r.director.Tasks()).To(Equal(1))
	})

	It("reads the Director's own certificates, configs, and events in pages", func() {
		r := start(director.Options{})
		d := r.as("reader", "reader-secret")
		_, err := d.CertificateExpiry()
		Expect(err).To(MatchError(ContainSubstring("500")))
		r.director.SetCertificates(director.Expiry{Path: "nats.tls.ca", Expiry: "2027-01-01T00:00:00Z", Days: 30})
		own, err := d.CertificateExpiry()
		Expect(err).NotTo(HaveOccurred())
		Expect(own).To(HaveExactElements(official.CertificateExpiryInfo{Path: "nats.tls.ca", Expiry: "2027-01-01T00:00:00Z", DaysLeft: 30}))
		r.director.SetConfigs(director.Config{ID: "1", Type: "runtime", Name: "default", Content: "old"}, director.Config{ID: "2", Type: "runtime", Name: "default", Content: "new", Current: true})
		config, err := d.LatestConfig("runtime", "default")
		Expect(err).NotTo(HaveOccurred())
		Expect(config.Content).To(Equal("new"))
		var events []director.Event
		for id := 450; id > 0; id-- {
			events = append(events, director.Event{ID: strconv.Itoa(id), Action: "update", ObjectType: "deployment", Deployment: "cf"})
		}
		r.director.SetEvents(events...)
		var seen []official.Event
		for before := ""; ; before = seen[len(seen)-1].ID() {
			page, err := d.Events(official.EventsFilter{BeforeID: before, Deployment: "cf"})
			Expect(err).NotTo(HaveOccurred())
			Expect(len(page)).To(BeNumerically("<=", 200))
			if len(page) == 0 {
				break
			}
			seen = append(seen, page...)
		}
		Expect(seen).To(HaveLen(450))
	})

	It("is refused in plain words, and gets a new token each time before it gives up", func() {
		r := start(director.Options{})
		_, err := r.as("nothing", "nothing-secret").ListDeployments()
		Expect(err).To(MatchError(ContainSubstring("status code '401' response 'Not authorized: '/deployments'")))
		Expect(r.uaa.Issued()).To(Equal(2))
		cf, err := r.as("reader", "reader-secret").FindDeployment("cf")
		Expect(err).NotTo(HaveOccurred())
		_, err = cf.Variables()
		Expect(err).To(MatchError(ContainSubstring("401")), "only an administrator may")
		_, err = r.as("admin", "wrong").ListDeployments()
		Expect(err).To(MatchError(ContainSubstring("Bad credentials")))
		d := r.as("reader", "reader-secret")
		Expect(d.ListDeployments()).To(HaveLen(2))
		r.uaa.EndTokens()
		Expect(d.ListDeployments()).To(HaveLen(2), "with a new token")
	})

	It("sees the deployments of its team", func() {
		d := start(director.Options{}).as("team", "team-secret")
		list, err := d.ListDeployments()
		Expect(err).NotTo(HaveOccurred())
		Expect(list).To(HaveExactElements(HaveField("Name", "mine")))
		cf, err := d.FindDeployment("cf")
		Expect(err).NotTo(HaveOccurred())
		_, err = cf.Instances()
		Expect(err).To(MatchError(ContainSubstring("Not authorized")))
	})

	It("logs in with a password where there is no UAA", func() {
		r := start(director.Options{Users: map[string]string{"u": "p"}})
		config, err := official.NewConfigFromURL(r.server.URL)
		Expect(err).NotTo(HaveOccurred())
		config.CACert, config.Client, config.ClientSecret = r.ca.CertPEM(), "u", "p"
		d, err := official.NewFactory(logger.NewLogger(logger.LevelNone)).New(config, official.NewNoopTaskReporter(), official.NewNoopFileReporter())
		Expect(err).NotTo(HaveOccurred())
		Expect(d.ListDeployments()).To(HaveLen(2))
	})

	It("has no method for the ends of a deployment's certificates", func() {
		r := start(director.Options{})
		d := r.as("reader", "reader-secret").(official.DirectorImpl)
		var list []map[string]any
		request := d.NewHTTPClientRequest()
		Expect(request.Get("/deployments/cf/certificate_expiry", &list)).To(Succeed())
		Expect(list).To(HaveExactElements(HaveKeyWithValue("expiry_date", "2027-01-01T00:00:00Z")))
		Expect(request.Get("/unknown", &list)).To(MatchError(ContainSubstring(fmt.Sprintf("'%d'", http.StatusNotFound))))
	})
})
