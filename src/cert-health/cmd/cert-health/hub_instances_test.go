package main

import (
	"net/http/httptest"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func instanceOf(deployment, id, standing, severity string, index int) object {
	return object{"deployment": deployment, "group": "diego-cell", "id": id, "name": "diego-cell/0", "index": index, "az": "z1", "standing": standing, "severity": severity,
		"last_seen": "2026-01-01T00:00:00Z", "certificates": 40, "behind": 3}
}

var _ = Describe("instances", func() {
	var h *fakeHub
	var env map[string]string
	first, second := strings.Repeat("a1", 18), strings.Repeat("a2", 18)

	BeforeEach(func() {
		h = newFakeHub()
		plain := httptest.NewServer(h.Config.Handler)
		DeferCleanup(plain.Close)
		env = map[string]string{"CERT_HEALTH_HUB": plain.URL, "CERT_HEALTH_HUB_TOKEN": h.token}
		h.answers["GET /v1/instances"] = object{"configured": true, "total": 3, "counts": object{"reporting": 2, "silent": 1}, "instances": []object{
			instanceOf("cf", first, "reporting", "ok", 0), instanceOf("cf", second, "reporting", "ok", 1), instanceOf("other\x1b[31m", first, "silent", "ok", 0)}}
	})
	in := func(args ...string) outcome {
		GinkgoHelper()
		o := call(env, args...)
		Expect(o.out + o.err).NotTo(ContainSubstring("\x1b"))
		return o
	}

	It("lists which are seen", func() {
		o := in("instances", "--standing", "silent", "--az", "z1")
		Expect(h.asked).To(Equal([]string{"GET /v1/instances?az=z1&limit=1000&standing=silent"}))
		Expect(o.code).To(Equal(exitFindings), o.err)
		Expect(o.out).To(And(ContainSubstring("reporting  cf/diego-cell/a1a1"), ContainSubstring("37/40"), ContainSubstring("silent     other\\u001b[31m/diego"), ContainSubstring("3 instances (2 reporting, 1 silent)")))
		h.answers["GET /v1/instances"] = object{"configured": true, "total": 1, "instances": []object{instanceOf("cf", first, "reporting", "ok", 0)}}
		Expect(in("instances").code).To(Equal(exitOK))
		h.answers["GET /v1/instances"] = object{"configured": false}
		Expect(in("instances").code).To(Equal(exitFailed))
	})

	DescribeTable("shows one, as people name it", func(word string) {
		h.answers["GET /v1/instances/cf/diego-cell/"+second] = object{"deployment": "cf", "group": "diego-cell", "id": second, "name": "diego-cell/1", "standing": "reporting", "severity": "error", "list": []object{
			{"row": "r1", "name": "rep\x1b", "state": "awaiting_restart", "severity": "error", "message": "the process has an older one", "steps": []object{{"run": []string{"bosh", "restart"}}},
				"store": object{"certificate": current, "number": 4}, "file": object{"certificate": current, "number": 4}, "process": object{"certificate": old}, "places": []string{"rep config/certs/server.crt"}}}}
		o := in("instances", word)
		Expect(o.code).To(Equal(exitFindings), o.err)
		Expect(o.out).To(And(HavePrefix("cf/diego-cell/"+second+": reporting\n"), ContainSubstring("  next      bosh restart\n"), MatchRegexp(`awaiting restart  rep\\u001b +v4 +v4 +0ld0ld0l`)))
	},
		Entry("by its ID", "diego-cell/"+second), Entry("by the beginning of it", "diego-cell/a2"), Entry("by its index", "diego-cell/1"), Entry("in a deployment", "cf/diego-cell/a2"),
	)

	It("says what to do about one that is silent", func() {
		h.answers["GET /v1/instances/cf/diego-cell/"+second] = object{"deployment": "cf", "group": "diego-cell", "id": second, "name": "diego-cell/1", "standing": "silent", "severity": "ok"}
		o := in("instances", "diego-cell/1")
		Expect(o.code).To(Equal(exitFindings), o.err)
		Expect(o.out).To(And(ContainSubstring("  next      bosh -d cf instances --ps\n"), ContainSubstring("bosh -d cf ssh diego-cell/"+second+" -c 'sudo /var/vcap/jobs/cert-health/bin/cert-health status'\n")))
	})

	It("does not guess among several", func() {
		Expect(in("instances", "diego-cell/0").err).To(ContainSubstring(`2 instances have "diego-cell/0": write one of them, such as cf/diego-cell/`))
		Expect(in("instances", "diego-cell/ff").err).To(ContainSubstring(`the hub knows no instance "diego-cell/ff"`))
		for _, word := range []string{"diego-cell", "a/b/c/d", "/", "a//b"} {
			Expect(in("instances", word).err).To(ContainSubstring("write DEPLOYMENT/GROUP/ID or GROUP/ID"))
		}
	})

	It("show shows the VMs of a certificate", func() {
		id := strings.Repeat("ab", 32)
		h.answers["GET /v1/certificates/"+id] = object{"id": id, "name": "rep", "state": "ok", "severity": "ok", "fleet": []object{fleetRow("r1", "rep", "awaiting_deploy", "error")}}
		o := in("show", id)
		Expect(o.code).To(Equal(exitFindings), o.err)
		Expect(o.out).To(And(ContainSubstring("On the instances of cf: awaiting deploy\n  error     renewed, and 41 of 100 VMs have the older one\n  next      bosh -d cf deploy 'a file'\n  current   on 59 of 102 instances (57%); 2 are not seen"), ContainSubstring("diego-cell/0")))
	})
})
