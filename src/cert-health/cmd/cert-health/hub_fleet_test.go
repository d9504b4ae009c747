package main

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

const old, current = "0ld0ld0ld0ld0000", "abcabcabcabc0000"

// fleetRow is a row of the fleet as a hub answers it. Its name is that of an attacker.
func fleetRow(id, name, state, severity string) object {
	laggard := object{"instance": "cf/diego-cell/3f2a9c\x1b[2J", "name": "diego-cell/0", "az": "z1", "state": state,
		"file": object{"certificate": old, "number": 3}, "process": object{"certificate": old, "number": 3}, "since": "2026-01-01T00:00:00Z"}
	return object{"id": id, "deployment": "cf", "name": name, "store": "secret/cf/rep", "store_title": "Vault", "state": state, "severity": severity,
		"message": "renewed, and 41 of 100 VMs have the older one", "steps": []object{{"run": []string{"bosh", "-d", "cf", "deploy", "a file"}}},
		"versions":  []object{{"certificate": current, "number": 4, "in_store": true, "current": true, "not_after": "2030-01-01T00:00:00Z", "files": 59, "processes": 59}, {"certificate": old, "number": 3, "not_after": "2026-01-01T00:00:00Z", "files": 41, "processes": 41}},
		"instances": 102, "on_current": 59, "behind": 41, "not_seen": 2, "percent": 57, "since": "2026-01-01T00:00:00Z",
		"groups":   []object{{"group": "diego-cell", "azs": []string{"z1", "z2"}, "state": state, "instances": 102, "on_current": 59, "behind": 41, "not_seen": 2, "serving": 100, "serving_current": 59}},
		"laggards": []object{laggard}, "more_laggards": 40}
}

func fleetOf(severity string, rows ...object) object {
	return object{"configured": true, "message": "3 certificates expired on 41 of 100 diego-cells", "why": "the deploy stopped at diego-cell/0", "severity": severity,
		"steps": []object{{"run": []string{"bosh", "-d", "cf", "deploy", "a file"}}}, "instances": 102, "standings": object{"reporting": 100, "silent": 1, "missing": 1},
		"deployments": []object{{"name": "cf", "instances": 102, "standings": object{"reporting": 100, "silent": 1, "missing": 1}, "rows": len(rows),
			"rollout": object{"message": "a deploy has reached 59 of 100 VMs, and stands still at diego-cell/0"}}},
		"rows": rows, "total": len(rows)}
}

var _ = Describe("the commands about the fleet", func() {
	var h *fakeHub
	var env map[string]string

	BeforeEach(func() {
		h = newFakeHub()
		plain := httptest.NewServer(h.Config.Handler)
		DeferCleanup(plain.Close)
		env = map[string]string{"CERT_HEALTH_HUB": plain.URL, "CERT_HEALTH_HUB_TOKEN": h.token}
	})
	in := func(args ...string) outcome {
		GinkgoHelper()
		o := call(env, args...)
		Expect(o.out + o.err).NotTo(ContainSubstring("\x1b"))
		return o
	}
	fits := func(o outcome) {
		GinkgoHelper()
		for line := range strings.Lines(o.out) {
			Expect(utf8.RuneCountInString(strings.TrimSuffix(line, "\n"))).To(BeNumerically("<=", 80), line)
		}
	}

	Describe("fleet", func() {
		long := strings.Repeat("very-long-", 20)
		BeforeEach(func() {
			h.answers["GET /v1/fleet"] = fleetOf("critical", fleetRow("r1", "rep\x1b]0;x\x07"+long, "awaiting_restart", "error"), fleetRow("r2", "other", "current", "ok"))
		})

		It("begins with the worst and what to type, and fits a narrow terminal without cutting a state", func() {
			o := in("fleet")
			Expect(o.code).To(Equal(exitFindings), o.err)
			Expect(o.out).To(HavePrefix("  critical  3 certificates expired on 41 of 100 diego-cells\n"))
			Expect(o.out).To(And(ContainSubstring("  next      bosh -d cf deploy 'a file'\n"), ContainSubstring("cf: 102 instances (100 reporting, 1 silent, 1 missing)"),
				ContainSubstring("awaiting restart  rep\\u001b"), ContainSubstring("59/102"), ContainSubstring("diego-cell/0 +40"), ContainSubstring("stands still at"), ContainSubstring("…")))
			Expect(o.out).To(And(Not(ContainSubstring("other")), ContainSubstring("nothing to do for 1 certificate where it is seen: see --all\n")))
			fits(o)
			Expect(in("fleet", "--all").out).To(ContainSubstring("other"))
		})

		It("asks for what the flags say", func() {
			in("fleet", "--deployment", "cf", "--group", "a", "--group", "b", "--state", "awaiting_deploy")
			Expect(h.asked).To(Equal([]string{"GET /v1/fleet?deployment=cf&group=a&group=b&limit=1000&state=awaiting_deploy"}))
		})

		It("exits with 0 only if all is seen and current", func() {
			h.answers["GET /v1/fleet"] = fleetOf("ok", fleetRow("r2", "other", "current", "ok"))
			Expect(in("fleet").code).To(Equal(exitOK))
			h.answers["GET /v1/fleet"] = fleetOf("warning", fleetRow("r2", "other", "current", "ok"))
			Expect(in("fleet").code).To(Equal(exitFindings))
			Expect(in("fleet", "--fail-on", "error").code).To(Equal(exitOK))
		})

		It("cannot tell if the hub knows no VM", func() {
			h.answers["GET /v1/fleet"] = object{"configured": false, "severity": "ok", "message": "no agent reports to this hub", "steps": []object{{"do": "let agents report"}}}
			for _, args := range [][]string{{"fleet"}, {"fleet", "x"}} {
				Expect(in(args...).code).To(Equal(exitFailed))
			}
			Expect(in("fleet").out).To(ContainSubstring("let agents report"))
		})

		It("shows one certificate in full", func() {
			h.answers["GET /v1/fleet"] = fleetOf("error", fleetRow("r1", "rep\x1b", "awaiting_restart", "error"))
			h.answers["GET /v1/fleet/r1"] = fleetRow("r1", "rep\x1b", "awaiting_restart", "error")
			for _, word := range []string{"r1", "rep", "secret/cf/rep", "0ld0"} {
				o := in("fleet", word)
				Expect(o.code).To(Equal(exitFindings), o.err)
				Expect(o.out).To(And(ContainSubstring("in cf: awaiting restart"), ContainSubstring("Vault secret/cf/rep"), ContainSubstring("on 59 of 102 instances (57%); 2 are not seen"),
					ContainSubstring("diego-cell/0"), ContainSubstring("v3"), ContainSubstring("and 40 instances more"), ContainSubstring("z1 z2")))
				fits(o)
			}
			h.answers["GET /v1/fleet"] = fleetOf("ok", fleetRow("r2", "other", "current", "ok"))
			h.answers["GET /v1/fleet/r2"] = fleetRow("r2", "other", "current", "ok")
			Expect(in("fleet", "r2").code).To(Equal(exitFindings), "two of its VMs are not seen")
		})

		It("does not guess among several", func() {
			h.answers["GET /v1/fleet"] = fleetOf("ok", fleetRow("r1", "rep-a", "current", "ok"), fleetRow("r2", "rep-b", "current", "ok"))
			o := in("fleet", "rep")
			Expect(o.code).To(Equal(exitFailed))
			Expect(o.err).To(ContainSubstring(`2 certificates have "rep": write the ID of one, such as rep-a in cf (r1), rep-b in cf (r2)`))
			h.answers["GET /v1/fleet"] = fleetOf("ok")
			Expect(in("fleet", "rep").err).To(ContainSubstring(`no instance has a certificate with "rep"`))
		})

		It("writes JSON and CSV", func() {
			var document struct{ Rows []object }
			Expect(json.Unmarshal([]byte(in("fleet", "--format", "json").out), &document)).To(Succeed())
			Expect(document.Rows).To(HaveLen(2))
			h.answers["GET /v1/fleet.csv"] = "id,severity,not_seen\r\nr1,ok,0\r\nr2,ok,2\r\n"
			o := in("fleet", "--format", "csv")
			Expect(o.out).To(Equal("id,severity,not_seen\nr1,ok,0\nr2,ok,2\n"))
			Expect(o.code).To(Equal(exitFindings))
		})
	})

	It("says that a hub is of an older release", func() {
		h.missing = object{"detail": "the API has no such path: see /v1/openapi.json"}
		for _, args := range [][]string{{"fleet"}, {"fleet", "x"}, {"fleet", "--format", "csv"}, {"instances"}, {"instances", "a/b"}, {"instances", "--format", "csv"}} {
			o := in(args...)
			Expect(o.code).To(Equal(exitFailed))
			Expect(o.err).To(ContainSubstring("is of a release that does not know the fleet: deploy a newer cert-health-hub"), "%v", args)
		}
	})
})
