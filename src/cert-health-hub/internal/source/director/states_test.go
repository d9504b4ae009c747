package director_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	store "cert-health/hub/internal/standin/director"
)

var _ = Describe("the states of instances", func() {
	var r *rig
	var now time.Time
	cells := func(state string, ignore bool) []store.Instance {
		return []store.Instance{{Job: "cell", ID: "a", CID: "vm", State: state, Ignore: ignore}, {Job: "cell", ID: "b", State: "detached"}}
	}
	BeforeEach(func() {
		r, now = start(store.Options{}), time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
		r.options.Now = func() time.Time { return now }
		r.store.SetDeployments(store.Deployment{Name: "cf", Instances: cells("started", false)})
	})
	seen := func(id string) inventory.Listed {
		GinkgoHelper()
		Expect(r.memory.Items).To(HaveKey("instance/cf/cell/" + id))
		return *r.memory.Items["instance/cf/cell/"+id].Instance
	}

	It("are asked for once an hour, because the Director asks all agents", func(ctx context.Context) {
		r.collected(ctx)
		Expect(seen("a").State).To(Equal("started"))
		Expect(seen("b").State).To(Equal("detached"))
		r.store.SetInstances("cf", cells("stopped", true)...)
		now = now.Add(30 * time.Minute)
		r.collected(ctx)
		Expect(r.store.Tasks()).To(Equal(1))
		Expect(seen("a").State).To(Equal("started"), "as it was last told")
		now = now.Add(30 * time.Minute)
		r.collected(ctx)
		Expect(r.store.Tasks()).To(Equal(2))
		Expect(seen("a")).To(And(HaveField("State", "stopped"), HaveField("Ignored", true)))
		now = now.Add(-24 * time.Hour)
		r.collected(ctx)
		Expect(r.store.Tasks()).To(Equal(3), "the clock was set back")
	})

	It("come with the rest, which is asked for each time", func(ctx context.Context) {
		r.collected(ctx)
		r.store.SetInstances("cf", store.Instance{Job: "cell", ID: "a", CID: "vm", AgentID: "another"}, store.Instance{Job: "cell", ID: "c", CID: "vm"})
		r.collected(ctx)
		Expect(seen("a")).To(And(HaveField("AgentID", "another"), HaveField("State", "started")))
		Expect(seen("c")).To(And(HaveField("VM", true), HaveField("State", "")))
		Expect(r.memory.Items).NotTo(HaveKey("instance/cf/cell/b"), "it was deleted")
	})

	It("are waited for", func(ctx context.Context) {
		r.store.SetFull(store.Full{Polls: 2})
		r.collected(ctx)
		Expect(seen("a").State).To(Equal("started"))
	})

	It("stay as they were when the task fails, for an hour", func(ctx context.Context) {
		r.collected(ctx)
		for _, full := range []store.Full{{State: "error"}, {State: "cancelled"}, {State: "timeout"}} {
			r.store.SetFull(full)
			r.store.SetInstances("cf", cells("stopped", true)...)
			now = now.Add(time.Hour)
			Expect(r.collected(ctx).Unseen).To(BeEmpty())
			tasks := r.store.Tasks()
			r.collected(ctx)
			Expect(r.store.Tasks()).To(Equal(tasks))
			Expect(seen("a").State).To(Equal("started"))
		}
	})

	It("stay as they were when the Director cannot answer, and it is asked again the next time", func(ctx context.Context) {
		r.collected(ctx)
		now = now.Add(time.Hour)
		r.server.Instead(func(w http.ResponseWriter, request *http.Request) {
			if request.URL.Query().Get("format") == "full" {
				http.Error(w, "s3cr3t", http.StatusBadGateway)
			}
		})
		Expect(r.collected(ctx).Unseen).To(BeEmpty())
		Expect(seen("a").State).To(Equal("started"))
		r.server.Instead(nil)
		r.collected(ctx)
		Expect(r.store.Tasks()).To(Equal(2))
	})

	It("are unknown without the right, and the Director is not asked all the time", func(ctx context.Context) {
		r.collected(ctx)
		r.store.SetFull(store.Full{Refused: true})
		now = now.Add(time.Hour)
		Expect(r.collected(ctx).Unseen).To(BeEmpty())
		Expect(seen("a")).To(And(HaveField("State", ""), HaveField("VM", true)))
		before := r.server.Requests()
		r.collected(ctx)
		after := r.server.Requests() - before
		r.store.SetFull(store.Full{})
		before = r.server.Requests()
		r.collected(ctx)
		Expect(r.server.Requests()-before).To(Equal(after), "the refusal holds for an hour")
	})

	It("of a team's deployments come with a team's credentials", func(ctx context.Context) {
		r.options.ClientID = "team"
		r.store.SetDeployments(store.Deployment{Name: "cf", Teams: []string{"t"}, Instances: cells("stopped", false)}, deployment("mysql"))
		r.collected(ctx)
		Expect(seen("a").State).To(Equal("stopped"))
		Expect(r.memory.Items).NotTo(HaveKey("instance/mysql/router/id"))
	})

	It("do not go to another host that the Director names, and lines of any kind do no harm", func(ctx context.Context) {
		output := "\n{\"job_name\":\"cell\",\"id\":\"a\",\"state\":\"stopped\",\"ignore\":true}\nno JSON\n[1]\n{\"job_name\":\"cell\",\"id\":\"unknown\"}\n{\"job_name\":\"cell\",\"id\":\"b\",\"state\":\"\x1b[31m\"}"
		r.server.Instead(func(w http.ResponseWriter, request *http.Request) {
			switch request.URL.Path {
			case "/deployments/cf/instances":
				if request.URL.Query().Get("format") == "full" {
					w.Header().Set("Location", "https://elsewhere.invalid:1/tasks/7")
					w.WriteHeader(http.StatusFound)
				}
			case "/tasks/7":
				fmt.Fprint(w, `{"id":7,"state":"done"}`)
			case "/tasks/7/output":
				fmt.Fprint(w, output)
			}
		})
		r.collected(ctx)
		Expect(seen("a")).To(And(HaveField("State", "stopped"), HaveField("Ignored", true)))
		Expect(seen("b").State).To(BeEmpty())
	})

	It("are not waited for longer than half of what is left for the collection, and the next one goes on behind them", func(ctx context.Context) {
		r.store.SetDeployments(store.Deployment{Name: "cf", Instances: cells("started", false)}, store.Deployment{Name: "mysql", Instances: cells("stopped", false)})
		r.store.SetFull(store.Full{Polls: 1 << 30})
		limited, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		r.collected(limited)
		Expect(seen("a")).To(And(HaveField("State", ""), HaveField("VM", true)))
		Expect(r.store.Tasks()).To(Equal(1), "the second deployment was not asked for")
		r.store.SetFull(store.Full{})
		r.collected(ctx)
		Expect(r.store.Tasks()).To(Equal(2))
		Expect(r.memory.Items["instance/mysql/cell/a"].Instance.State).To(Equal("stopped"))
	})
})
