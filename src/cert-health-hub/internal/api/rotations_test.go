package api_test

import (
	"context"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/api"
	"cert-health/hub/internal/people"
	"cert-health/hub/internal/platform"
	"cert-health/hub/internal/platform/sample"
	"cert-health/internal/rotation"
)

// looks computes over a sample.
type looks struct {
	api.Platform
	vms int
}

func (l looks) Look(context.Context) (*platform.Look, error) {
	return platform.LookAt(sample.Survey(l.vms), sample.Knowledge()), nil
}

// newPlatformRig is an API over a platform of n VMs.
func newPlatformRig(vms int) *rig {
	return newRigOf(0, people.Default(), func(o *api.Options) { o.Platform = looks{o.Platform, vms} })
}

var _ = Describe("the rotations", func() {
	It("are listed with what is to be done now, those that wait first", func() {
		all := decode[api.Rotations](newPlatformRig(100).get("/v1/rotations"), http.StatusOK)
		Expect(all.Rotations).To(HaveLen(2))
		Expect(all.Rotations[0]).To(And(HaveField("CA", sample.CA), HaveField("Phase", rotation.Distributing), HaveField("Current", "distribute"),
			HaveField("Done", 66), HaveField("Total", 100), HaveField("Next", "deploy cf")))
		Expect(all.Rotations[1].Phase).To(Equal(rotation.Normal))
	})

	It("have steps, and who holds each back", func() {
		r := newPlatformRig(100)
		one := decode[rotation.State](r.get("/v1/rotations/"+sample.CA+"?accept=diego-cell/96"), http.StatusNotFound)
		Expect(one.Steps).To(BeEmpty(), "a path is one segment")
		one = decode[rotation.State](r.escaped("/v1/rotations/secret%2Fcf%2Fdiego%2Fca?accept=diego-cell/96"), http.StatusOK)
		Expect(one.Steps).To(HaveLen(7))
		Expect(one.Step(rotation.Distribute)).To(And(HaveField("Done", 66), HaveField("Accepted", 1)))
		Expect(one.Waiting()).To(ContainElement(HaveField("Name", "diego-cell/63")))
		Expect(r.escaped("/v1/rotations/%2Fbosh%2Fcf%2Fca").Code).To(Equal(http.StatusNotFound))
	})
})
