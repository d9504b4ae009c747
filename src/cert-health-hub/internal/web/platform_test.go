package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	catalogsample "cert-health/hub/internal/catalog/sample"
	"cert-health/hub/internal/platform"
	"cert-health/hub/internal/platform/sample"
	"cert-health/internal/survey"
)

// looks is what the pages compute over.
type looks struct {
	survey  *survey.Survey
	failure error
}

func (l *looks) Look(context.Context) (*platform.Look, error) {
	return platform.LookAt(l.survey), l.failure
}

// newPlatform is a hub with a platform of n VMs.
func newPlatform(vms int) *hub {
	h := newFleet(min(vms, 3))
	h.platform = &looks{survey: sample.Survey(vms)}
	return h
}

// platformPages are the pages that are computed over the whole platform.
func platformPages() []string {
	return []string{"/rotations", "/rotations/" + url.PathEscape(sample.CA), "/rotations/" + url.PathEscape("secret/cf/router/ca")}
}

var _ = Describe("The pages of rotations", func() {
	It("say for each CA what is to be done now, those that wait first", func() {
		h := newPlatform(100)
		Expect(text(document(h.get("/rotations")))).To(MatchRegexp(`Under way 1 CA .*diego CA secret/cf/diego/ca .*Deploy cf\..*Not rotated now 1 CA .*router CA`))
	})

	It("show one bar for each step, and who holds it back, with names", func() {
		h := newPlatform(100)
		page := text(document(h.get("/rotations/" + url.PathEscape(sample.CA))))
		Expect(page).To(ContainSubstring("diego CA: new CA distributing, 66 of 100 VMs Vault: secret/cf/diego/ca"))
		Expect(page).To(ContainSubstring("bosh -d cf deploy MANIFEST"))
		Expect(page).To(MatchRegexp(`66 of 100 VMs who holds it back silent it is silent, .* diego-cell/95 missing its agent has never reported: .* diego-cell/96 waits for a deploy .*tls_ca.crt without the new CA: diego-cell/63 diego-cell/64 .* and 20 more`))
		Expect(strings.Count(h.get("/rotations/"+url.PathEscape(sample.CA)).Body.String(), `<svg class="bar"`)).To(Equal(7))
	})

	It("are found by paths with slashes, and by none that does not exist", func() {
		h := newPlatform(3)
		Expect(h.get("/rotations/%2Fbosh%2Fcf%2Fca").Code).To(Equal(http.StatusNotFound))
		Expect(h.get("/rotations/nothing").Code).To(Equal(http.StatusNotFound))
	})

	It("are not there where nothing is computed, and say when the hub cannot", func() {
		h := newFleet(3)
		Expect(h.get("/rotations").Code).To(Equal(http.StatusNotFound))
		Expect(h.get("/").Body.String()).NotTo(ContainSubstring("/rotations"))
		h.platform = &looks{survey: sample.Survey(0), failure: errors.New("the database does not answer")}
		Expect(h.get("/rotations").Code).To(Equal(http.StatusInternalServerError))
	})

	It("are inert whatever the names are", func() {
		h := newPlatform(3)
		h.platform.survey = sample.Hostile(catalogsample.Hostile())
		pages := []string{"/rotations"}
		for _, name := range catalogsample.Hostile() {
			pages = append(pages, "/rotations/"+url.PathEscape("secret/"+name))
		}
		for _, page := range pages {
			w := h.get(page)
			Expect(w.Code).To(Equal(http.StatusOK), page)
			Expect(w.Body.String()).NotTo(Or(ContainSubstring("<script>alert"), ContainSubstring("<img src=x"), ContainSubstring(" style="), ContainSubstring("\u202e")), page)
		}
	})
})

var _ = Describe("In a browser, the pages of rotations", func() {
	DescribeTable("look right at each width, light and dark", func(vms int) {
		newPlatform(vms).looksRight(platformPages(), vms)
	},
		Entry("without VMs", 0),
		Entry("with 100 VMs", 100),
	)
})
