package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/catalog/sample"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/server"
	"cert-health/hub/internal/settings"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
)

// scrape reads /metrics as Prometheus does, and returns the samples of each metric by their labels.
func scrape(view *catalog.View, s settings.Metrics) map[string]map[string]float64 {
	GinkgoHelper()
	answer := httptest.NewRecorder()
	server.Metrics(s, view).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	Expect(answer).To(HaveHTTPStatus(http.StatusOK))
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	Expect(err).NotTo(HaveOccurred())
	found := map[string]map[string]float64{}
	for name, family := range families {
		found[name] = map[string]float64{}
		for _, m := range family.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			key := strings.Join(labels, ",")
			Expect(found[name]).NotTo(HaveKey(key), "Prometheus refuses a sample twice")
			found[name][key] = m.GetGauge().GetValue()
		}
	}
	return found
}

var _ = Describe("/metrics", func() {
	It("tells how each source is", func() {
		found := scrape(sample.View(20), settings.Metrics{})
		Expect(found["cert_health_hub_source_up"]).To(And(HaveKeyWithValue("source=vault,type=vault", 1.0), HaveKeyWithValue("source=credhub,type=credhub", 1.0),
			HaveKeyWithValue("source=opsman,type=opsman", 0.0), HaveKeyWithValue("source=never,type=director", 0.0)))
		Expect(found["cert_health_hub_source_unseen"]).To(HaveKeyWithValue("source=credhub,type=credhub", 1.0))
		Expect(found["cert_health_hub_source_failures"]).To(HaveKeyWithValue("source=opsman,type=opsman", 2.0))
		Expect(found["cert_health_hub_source_last_success_timestamp_seconds"]).To(And(
			HaveKeyWithValue("source=vault,type=vault", float64(sample.Now().Add(-time.Minute).Unix())), HaveKeyWithValue("source=never,type=director", 0.0)))
		Expect(found["cert_health_hub_source_requests"]).To(HaveKeyWithValue("source=vault,type=vault", 10.0))
		Expect(found["cert_health_hub_source_duration_seconds"]).To(HaveKeyWithValue("source=vault,type=vault", 1.0))
	})

	It("counts certificates by state, and each of them once", func() {
		view := sample.View(300)
		found := scrape(view, settings.Metrics{})
		total := 0.0
		for state, n := range view.Summary().Counts {
			Expect(found["cert_health_hub_certificates"]).To(HaveKeyWithValue("state="+string(state), float64(n)))
			total += float64(n)
		}
		Expect(total).To(BeNumerically(">", 0))
		Expect(found).NotTo(HaveKey("x509_cert_not_after"), "only by option")
	})

	It("answers before the certificates are read", func() {
		Expect(scrape(nil, settings.Metrics{Placements: true})).To(HaveKey("cert_health_hub_build_info"))
	})

	It("wants the token if one is set", func() {
		handler := server.Metrics(settings.Metrics{Token: secret.New("s3cr3t")}, nil)
		for sent, status := range map[string]int{"": 401, "Bearer wrong": 401, "s3cr3t": 401, "Bearer s3cr3t": 200} {
			request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
			request.Header.Set("Authorization", sent)
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, request)
			Expect(answer).To(HaveHTTPStatus(status), sent)
			Expect(answer.Body.String()).NotTo(ContainSubstring("s3cr3t"))
		}
	})

	Describe("with placements", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		leaf := scenario.Issue(scenario.Spec{CommonName: "router", Organization: "Acme", Issuer: ca, NotBefore: sample.Now().AddDate(0, 0, -10), NotAfter: sample.Now().AddDate(0, 0, 20)})
		contents := func() inventory.Contents {
			written := sample.Now().Add(-time.Hour)
			sightings := func(version string) []inventory.Sighting {
				return []inventory.Sighting{
					{Certificate: inventory.IDOf(leaf.Fingerprint()), Place: "certificate", State: inventory.Current, Version: version, Since: written},
					{Certificate: inventory.IDOf(ca.Fingerprint()), Place: "ca", State: inventory.Current, Version: version, Since: written},
					{Certificate: inventory.IDOf(leaf.Fingerprint()), Place: "certificate", State: inventory.Previous, Version: "old"},
				}
			}
			return inventory.Contents{
				Sources: []inventory.Health{{Name: "prod", Type: "credhub", LastSuccess: written}, {Name: "v", Type: "vault", LastSuccess: written}},
				Items: []inventory.Stored{
					{Source: "prod", Item: inventory.Item{Path: "/bosh/cf/router_ssl", Kind: "certificate", Sightings: sightings("8af1")}},
					{Source: "v", Item: inventory.Item{Path: "secret/cf/router", Kind: "secret", Sightings: sightings("3")}},
				},
				Certificates: []inventory.Certificate{inventory.New(leaf.Noun()), inventory.New(ca.Noun())},
			}
		}
		shown := func() map[string]map[string]float64 {
			GinkgoHelper()
			return scrape(catalog.New(contents(), catalog.DefaultPolicy(), sample.Now()), settings.Metrics{Placements: true})
		}

		It("has the labels of x509-certificate-exporter, and no history", func() {
			found := shown()["x509_cert_not_after"]
			Expect(found).To(HaveLen(4))
			for labels, value := range found {
				if strings.Contains(labels, "subject_CN=router") && strings.Contains(labels, "source=v,") {
					Expect(value).To(Equal(float64(leaf.X509.NotAfter.Unix())))
					for _, part := range []string{"filepath=secret/cf/router", "filename=router", "embedded_key=certificate", "issuer_CN=ca", "subject_O=Acme", "serial_number=" + leaf.X509.SerialNumber.String()} {
						Expect(labels).To(ContainSubstring(part))
					}
				}
			}
			Expect(shown()["x509_cert_expired"]).To(HaveLen(4))
		})

		It("has the metrics of credhub_exporter for CredHub only", func() {
			found := shown()
			Expect(found["credhub_certificate_expires_at"]).To(Equal(map[string]float64{
				"path=/bosh/cf/router_ssl,name=router_ssl-cert,id=8af1,environment=prod,deployment=prod,director=prod,index=1": float64(leaf.X509.NotAfter.Unix()),
				"path=/bosh/cf/router_ssl,name=router_ssl-ca,id=8af1,environment=prod,deployment=prod,director=prod,index=1":   float64(ca.X509.NotAfter.Unix()),
			}))
			Expect(found["credhub_credential_created_at"]).To(Equal(map[string]float64{
				"path=/bosh/cf/router_ssl,name=router_ssl,id=8af1,environment=prod,deployment=prod,director=prod": float64(sample.Now().Add(-time.Hour).Unix()),
			}))
		})

		It("is text that Prometheus reads, also with names that attackers choose", func() {
			Expect(scrape(sample.View(500), settings.Metrics{Placements: true})["x509_cert_not_after"]).NotTo(BeEmpty())
		})
	})
})
