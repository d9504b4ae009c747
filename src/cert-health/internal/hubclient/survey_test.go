package hubclient_test

import (
	"compress/gzip"
	"net/http"
	"net/url"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/survey"
	"cert-health/internal/survey/wire"
)

var _ = Describe("a survey of a hub", func() {
	It("is read as it comes, compressed", func(ctx SpecContext) {
		var asked string
		var b survey.Builder
		b.Instance(survey.Instance{Deployment: "cf", Group: "cell", ID: "1", Standing: survey.Reporting})
		_, client := hub(routes{"GET /v1/survey": func(w http.ResponseWriter, r *http.Request) {
			asked = r.URL.RawQuery + " " + r.Header.Get("Authorization") + " " + r.Header.Get("Accept")
			w.Header().Set("Content-Encoding", "gzip")
			packer := gzip.NewWriter(w)
			_ = wire.Write(packer, b.Build(time.Now()))
			_ = packer.Close()
		}})
		read := must(client.Survey(ctx, url.Values{"deployment": {"cf"}}))
		Expect(read.Instances).To(HaveExactElements(HaveField("ID", "1")))
		Expect(asked).To(Equal("deployment=cf Bearer s3cr3t-t0ken " + wire.ContentType))
	})

	DescribeTable("is refused with a sentence", func(ctx SpecContext, answer http.HandlerFunc, why string) {
		_, client := hub(routes{"GET /v1/survey": answer})
		_, err := client.Survey(ctx, nil)
		Expect(err).To(MatchError(ContainSubstring(why)))
	},
		Entry("of a hub that is busy", answers(429, object{"detail": "other people are reading"}), "other people are reading"),
		Entry("of another server", answers(200, object{}), "it is not a survey of cert-health"),
	)
})
