package api_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/api"
	"cert-health/hub/internal/catalog/sample"
	"cert-health/hub/internal/fleet"
	fleetsample "cert-health/hub/internal/fleet/sample"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/people"
)

var _ = Describe("the fleet", func() {
	It("begins with the worst over all instances, and what to do about it once", func() {
		r := newRig(0)
		f := decode[api.Fleet](r.get("/v1/fleet"), http.StatusOK)
		whole := r.fleet.Summary()
		Expect(f.Message).To(Equal(whole.Sentence))
		Expect(f.Severity).To(Equal("critical"))
		Expect(f.Steps).NotTo(BeEmpty())
		Expect(f.Configured).To(BeTrue())
		Expect(f.Instances).To(Equal(60))
		Expect(f.Standings).To(Equal(map[string]int{"reporting": 56, "missing": 1, "silent": 1, "stopped": 1, "ignored": 1}))
		Expect(f.Total).To(Equal(whole.Certificates))
		Expect(f.Rows[0].State).To(Equal("awaiting_deploy"))
		Expect(f.Rows[0].OnCurrent + f.Rows[0].Behind + f.Rows[0].NotSeen).To(Equal(f.Rows[0].Instances))
		Expect(f.Rows[0].Laggards).To(HaveLen(1))
		Expect(f.Deployments).To(HaveLen(2))
		Expect(f.Deployments[0].Rollout.At).To(HavePrefix("diego-cell/"))
	})

	It("has the promised keys", func() {
		page := decode[map[string]any](newRig(0).get("/v1/fleet?state=awaiting_deploy"), http.StatusOK)
		for _, key := range []string{"at", "configured", "message", "severity", "steps", "instances", "standings", "deployments", "rows", "total", "counts"} {
			Expect(page).To(HaveKey(key))
		}
		row := page["rows"].([]any)[0].(map[string]any)
		for _, key := range []string{"id", "deployment", "name", "store", "state", "severity", "message", "steps", "current", "versions", "instances", "on_current", "behind", "not_seen", "percent", "since", "laggards"} {
			Expect(row).To(HaveKey(key))
		}
	})

	DescribeTable("lists exactly what a count says", func(filter string) {
		r := newRig(0)
		all := decode[api.Fleet](r.get("/v1/fleet?"+filter), http.StatusOK)
		for state, n := range all.Counts {
			page := decode[api.Fleet](r.get("/v1/fleet?limit=1000&state="+state+"&"+filter), http.StatusOK)
			Expect(page.Total).To(Equal(n), state)
			Expect(page.Rows).To(HaveLen(n))
			Expect(page.Counts).To(Equal(all.Counts))
		}
	},
		Entry("of all", ""), Entry("of a deployment", "deployment=mysql"), Entry("of a group", "group=diego-api"), Entry("of words", "q=rep+cf"),
		Entry("of rows", "row="+fleetsample.View(60).Rows()[0].ID), Entry("of a certificate", "certificate="+strings.ToUpper(fleetsample.View(60).Rows()[0].Versions[0].Fingerprint)),
	)

	It("selects a row and a certificate", func() {
		r := newRig(0)
		row := r.fleet.Rows()[3]
		for _, filter := range []string{"row=" + row.ID, "certificate=" + row.Versions[1].Fingerprint} {
			f := decode[api.Fleet](r.get("/v1/fleet?"+filter), http.StatusOK)
			Expect(f.Rows).To(HaveLen(1), filter)
			Expect(f.Rows[0].ID).To(Equal(row.ID))
		}
	})

	It("says the worst of what is selected", func() {
		r := newRig(0)
		f := decode[api.Fleet](r.get("/v1/fleet?deployment=mysql"), http.StatusOK)
		Expect(f.Severity).To(Equal("ok"))
		Expect(f.Message).To(HavePrefix("nothing is wrong with 1 certificate"))
		Expect(f.Deployments).To(HaveLen(1))
		f = decode[api.Fleet](r.get("/v1/fleet?deployment=cf"), http.StatusOK)
		Expect(f.Message).To(Equal(r.fleet.Summary().Sentence))
		f = decode[api.Fleet](r.get("/v1/fleet?group=diego-api"), http.StatusOK)
		Expect(f.Counts).To(HaveKeyWithValue("awaiting_deploy", 0), "the deploy has reached this group")
		Expect(f.Standings).To(Equal(map[string]int{"reporting": 2}))
		Expect(f.Severity).To(Equal("ok"))
	})

	It("never says ok of instances that are not seen", func() {
		in := fleetsample.Input(10)
		for key := range in.Members {
			if strings.HasPrefix(string(key), "mysql/") {
				in.Listed = append(in.Listed, inventory.Listed{Deployment: "mysql", Group: "mysql", ID: "x", Expected: true, VM: true, Ignored: true})
				break
			}
		}
		r := newRig(0)
		r.fleet = fleet.New(in)
		Expect(decode[api.Fleet](r.get("/v1/fleet?deployment=mysql"), http.StatusOK).Severity).To(Equal("warning"))
	})

	It("pages to the end", func() {
		r := newRig(0)
		seen := map[string]bool{}
		for target := "/v1/fleet?limit=7"; target != ""; {
			page := decode[api.Fleet](r.get(target), http.StatusOK)
			for _, row := range page.Rows {
				Expect(seen).NotTo(HaveKey(row.ID))
				seen[row.ID] = true
			}
			if target = ""; page.Next != "" {
				target = "/v1/fleet?limit=7&after=" + page.Next
			}
		}
		Expect(seen).To(HaveLen(r.fleet.Summary().Certificates))
	})

	It("shows one row by group, with its laggards", func() {
		r := newRig(0)
		first := r.fleet.Rows()[0]
		one := decode[api.FleetRow](r.get("/v1/fleet/"+first.ID), http.StatusOK)
		Expect(one.Groups).To(HaveLen(len(first.Groups)))
		Expect(len(one.Laggards) + one.MoreLaggards).To(Equal(one.Behind))
		Expect(one.Versions[0].InStore).To(BeTrue())
		Expect(r.get("/v1/fleet/none").Code).To(Equal(http.StatusNotFound))
	})

	It("is beside a certificate", func() {
		r := newRig(0)
		r.view = fleetsample.Catalog()
		row := r.fleet.Rows()[0]
		one := decode[api.OneCertificate](r.get("/v1/certificates/"+row.Current.Fingerprint), http.StatusOK)
		Expect(one.Fleet).To(HaveLen(1))
		Expect(one.Fleet[0].ID).To(Equal(row.ID))
	})

	DescribeTable("refuses what would be an empty list", func(query, message string) {
		for _, path := range []string{"/v1/fleet", "/v1/fleet.csv", "/v1/instances", "/v1/instances.csv"} {
			problem := decode[map[string]any](newRig(0).get(path+"?"+query), http.StatusBadRequest)
			Expect(problem).To(HaveKeyWithValue("detail", ContainSubstring(message)))
		}
	},
		Entry(nil, "deployment=cff", `the parameter "deployment": the fleet has no deployment of this name; did you mean "cf"?`),
		Entry(nil, "group=diego-cel", `did you mean "diego-cell"?`),
		Entry(nil, "state=awaiting_deplo", `did you mean "awaiting_deploy"?`),
		Entry(nil, "limit=0", "it must be a number from 1 to 1000"),
		Entry(nil, "stat=ok", `it is not a parameter of this list; did you mean "state"?`),
		Entry(nil, "q=%ff", "it is not valid UTF-8"),
		Entry(nil, "q="+strings.Repeat("x", 501), "more than 500 bytes"),
	)

	It("says what to configure if the hub knows no instance", func() {
		r := newRig(0)
		for _, empty := range []*fleet.View{fleet.New(fleet.Input{Now: sample.Now()}), fleet.New(fleet.Input{Known: true, Now: sample.Now()})} {
			r.fleet = empty
			f := decode[api.Fleet](r.get("/v1/fleet?deployment=cf"), http.StatusOK)
			Expect(f.Configured).To(BeFalse())
			Expect(f.Message).NotTo(BeEmpty())
			Expect(decode[api.Instances](r.get("/v1/instances"), http.StatusOK).Configured).To(BeFalse())
			Expect(r.get("/v1/fleet.csv").Code).To(Equal(http.StatusOK))
		}
		without := newRigOf(0, people.Default(), func(o *api.Options) { o.Fleet = nil })
		f := decode[api.Fleet](without.get("/v1/fleet"), http.StatusOK)
		Expect(f.Configured).To(BeFalse())
		Expect(f.Steps).To(HaveLen(2))
		Expect(without.get("/v1/fleet/x").Code).To(Equal(http.StatusNotFound))
		Expect(without.get("/v1/instances/a/b/c").Code).To(Equal(http.StatusNotFound))
	})

	It("is not ready before the first view", func() {
		for _, path := range []string{"/v1/fleet", "/v1/fleet.csv", "/v1/fleet/x", "/v1/instances", "/v1/instances/a/b/c"} {
			answer := newRig(-1).get(path)
			Expect(answer.Code).To(Equal(http.StatusServiceUnavailable), path)
			Expect(answer.Header().Get("Retry-After")).To(Equal("5"))
		}
	})

	It("writes CSV in which no cell is a formula", func() {
		in := fleetsample.Input(10)
		in.Listed = append(in.Listed, inventory.Listed{Deployment: "=cmd|' /C calc'!A0", Group: "@x\x1b[31m", ID: "+1", AZ: "-z", VM: true, Expected: true})
		r := newRig(0)
		r.fleet = fleet.New(in)
		for path, rows := range map[string]int{"/v1/fleet.csv": r.fleet.Summary().Certificates, "/v1/instances.csv": 11} {
			table, err := csv.NewReader(r.get(path).Body).ReadAll()
			Expect(err).NotTo(HaveOccurred())
			Expect(table).To(HaveLen(1 + rows))
			for _, cell := range strings.Split(strings.Join(flat(table), "\n"), "\n") {
				Expect(strings.IndexAny(cell, "=+-@\t\r")).NotTo(Equal(0), cell)
				Expect(cell).NotTo(ContainSubstring("\x1b"))
			}
		}
	})
})

func flat(table [][]string) (cells []string) {
	for _, row := range table {
		cells = append(cells, row...)
	}
	return cells
}

var _ = Describe("instances", func() {
	It("are listed with their standing, and counted", func() {
		r := newRig(0)
		all := decode[api.Instances](r.get("/v1/instances?limit=1000"), http.StatusOK)
		Expect(all.Instances).To(HaveLen(60))
		Expect(all.Counts).To(Equal(map[string]int{"reporting": 56, "missing": 1, "silent": 1, "stopped": 1, "ignored": 1, "deleted": 0}))
		for standing, n := range all.Counts {
			Expect(decode[api.Instances](r.get("/v1/instances?standing="+standing), http.StatusOK).Total).To(Equal(n), standing)
		}
		some := decode[api.Instances](r.get("/v1/instances?az=z1&group=diego-cell&standing=silent&standing=missing"), http.StatusOK)
		Expect(some.Counts["reporting"]).To(BeNumerically(">", 0))
		Expect(some.Total).To(Equal(some.Counts["silent"] + some.Counts["missing"]))
		one := decode[api.Instances](r.get("/v1/instances?q=diego-cell/7+10."), http.StatusOK)
		Expect(one.Instances[0].Name).To(Equal("diego-cell/7"))
		Expect(*one.Instances[0].Index).To(Equal(7))
	})

	It("are paged to the end", func() {
		r, seen := newRig(0), map[string]bool{}
		for target := "/v1/instances?limit=9"; target != ""; {
			page := decode[api.Instances](r.get(target), http.StatusOK)
			for _, i := range page.Instances {
				seen[i.Deployment+"/"+i.Group+"/"+i.ID] = true
			}
			Expect(len(page.Instances)).To(BeNumerically("<=", 9))
			if target = ""; page.Next != "" {
				target = "/v1/instances?limit=9&after=" + page.Next
			}
		}
		Expect(seen).To(HaveLen(60))
	})

	It("shows one with its certificates: what the store, the file and the process have", func() {
		r := newRig(0)
		laggard := r.fleet.Rows()[0].Groups[1].Laggards[0]
		one := decode[api.OneInstance](r.get("/v1/instances/"+string(laggard.Key)), http.StatusOK)
		Expect(one.Standing).To(Equal("reporting"))
		Expect(one.List).To(HaveLen(fleetsample.Certificates))
		worst := one.List[0]
		Expect(worst.State).To(Equal("awaiting_deploy"))
		Expect(worst.Expired).To(BeTrue())
		Expect(worst.Steps).NotTo(BeEmpty())
		Expect(worst.File.Certificate).NotTo(Equal(worst.Store.Certificate))
		Expect(worst.Places).NotTo(BeEmpty())
		for _, path := range []string{"cf/diego-cell/x", "a/b/c", url.PathEscape("=") + "/\x00/x", strconv.Quote("a") + "/b/c"} {
			Expect(r.get("/v1/instances/" + path).Code).To(Equal(http.StatusNotFound))
		}
	})
})
