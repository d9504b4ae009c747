package director

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"cert-health/hub/internal/standin"
)

func (s *Server) list(w http.ResponseWriter, r *http.Request, a actor) {
	list := []map[string]any{}
	for _, d := range s.deployments {
		if !a.sees(d) {
			continue
		}
		shown := map[string]any{"name": d.Name, "teams": d.Teams}
		if r.URL.Query().Get("exclude_configs") != "true" {
			shown["cloud_config"] = "latest"
		}
		if r.URL.Query().Get("exclude_releases") != "true" {
			shown["releases"] = []any{}
		}
		if r.URL.Query().Get("exclude_stemcells") != "true" {
			shown["stemcells"] = []any{}
		}
		list = append(list, shown)
	}
	standin.JSON(w, http.StatusOK, list)
}

// find finds a deployment, or answers.
func (s *Server) find(w http.ResponseWriter, r *http.Request, a actor) (Deployment, bool) {
	name := r.PathValue("name")
	for _, d := range s.deployments {
		if d.Name == name && a.sees(d) {
			return d, true
		}
		if d.Name == name {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, "Not authorized: '%s'\n", r.URL.Path)
			return d, false
		}
	}
	fail(w, http.StatusNotFound, 70000, "Deployment '%s' doesn't exist", name)
	return Deployment{}, false
}

func (s *Server) show(w http.ResponseWriter, r *http.Request, a actor) {
	if d, found := s.find(w, r, a); found {
		standin.JSON(w, http.StatusOK, map[string]string{"manifest": d.Manifest})
	}
}

// instances answers from the database or, in the full format, with a task that asks the agents.
func (s *Server) instances(w http.ResponseWriter, r *http.Request, a actor) {
	d, found := s.find(w, r, a)
	if !found {
		return
	}
	if r.URL.Query().Get("format") != "full" {
		standin.JSON(w, http.StatusOK, append([]Instance{}, d.Instances...))
		return
	}
	if s.full.Refused {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, "Not authorized: '%s'\n", r.URL.Path)
		return
	}
	var result strings.Builder
	encoder := json.NewEncoder(&result)
	for _, i := range d.Instances {
		_ = encoder.Encode(map[string]any{"agent_id": i.AgentID, "vm_cid": i.CID, "job_name": i.Job, "index": i.Index, "id": i.ID, "az": i.AZ, "ips": i.IPs,
			"vm_created_at": i.CreatedAt, "ignore": i.Ignore, "state": i.State, "job_state": "running", "processes": []any{}})
	}
	s.tasks = append(s.tasks, task{result.String(), s.full.Polls, cmp.Or(s.full.State, "done")})
	http.Redirect(w, r, fmt.Sprintf("/tasks/%d", len(s.tasks)), http.StatusFound)
}

func (s *Server) task(w http.ResponseWriter, r *http.Request, _ actor) {
	id := number(r.PathValue("id"), 0)
	if id < 1 || id > len(s.tasks) {
		fail(w, http.StatusNotFound, 10000, "Task %s not found", r.PathValue("id"))
		return
	}
	state := s.tasks[id-1].state
	if s.tasks[id-1].polls > 0 {
		s.tasks[id-1].polls--
		state = "processing"
	}
	standin.JSON(w, http.StatusOK, map[string]any{"id": id, "state": state, "description": "retrieve vm-stats", "result": "1 vms", "user": "hub"})
}

func (s *Server) output(w http.ResponseWriter, r *http.Request, _ actor) {
	id := number(r.PathValue("id"), 0)
	if id < 1 || id > len(s.tasks) {
		fail(w, http.StatusNotFound, 10000, "Task %s not found", r.PathValue("id"))
		return
	}
	if r.URL.Query().Get("type") == "result" {
		fmt.Fprint(w, s.tasks[id-1].result)
	}
}

func (s *Server) expiries(w http.ResponseWriter, r *http.Request, a actor) {
	d, found := s.find(w, r, a)
	if !found {
		return
	}
	list := []map[string]any{}
	for _, v := range d.Variables {
		if v.Expiry != "" {
			list = append(list, map[string]any{"name": v.Name, "id": v.ID, "expiry_date": v.Expiry, "days_left": v.Days})
		}
	}
	standin.JSON(w, http.StatusOK, list)
}

func (s *Server) variables(w http.ResponseWriter, r *http.Request, a actor) {
	d, found := s.find(w, r, a)
	if !found {
		return
	}
	list := []map[string]any{}
	for _, v := range d.Variables {
		list = append(list, map[string]any{"id": v.ID, "name": v.Name})
	}
	standin.JSON(w, http.StatusOK, list)
}

func (s *Server) own(w http.ResponseWriter, _ *http.Request, _ actor) {
	if s.certificates == nil {
		standin.JSON(w, http.StatusInternalServerError, map[string]string{"error": "Certificate expiry information is not available: the file does not exist"})
		return
	}
	standin.JSON(w, http.StatusOK, s.certificates)
}

func (s *Server) listConfigs(w http.ResponseWriter, r *http.Request, _ actor) {
	q, list := r.URL.Query(), []Config{}
	for _, c := range s.configs {
		if (q.Get("type") == "" || q.Get("type") == c.Type) && (q.Get("name") == "" || q.Get("name") == c.Name) && (q.Get("latest") != "true" || c.Current) {
			list = append(list, c)
		}
	}
	standin.JSON(w, http.StatusOK, list)
}

// pageOfEvents is the largest number of events in an answer. The next page is before the last id.
const pageOfEvents = 200

func (s *Server) listEvents(w http.ResponseWriter, r *http.Request, _ actor) {
	q, list := r.URL.Query(), []Event{}
	before := number(q.Get("before_id"), 1<<30)
	for _, e := range s.events {
		if len(list) < pageOfEvents && number(e.ID, 0) < before && (q.Get("deployment") == "" || q.Get("deployment") == e.Deployment) {
			list = append(list, e)
		}
	}
	standin.JSON(w, http.StatusOK, list)
}
