package trust_test

import (
	"fmt"
	"slices"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/knowledge"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/strict"
	"cert-health/internal/survey"
	"cert-health/internal/trust"
	"cert-health/internal/verdict"
)

// now is the moment of all surveys of these tests.
var now = time.Now().Truncate(time.Second)

// vm is an instance of a fleet. Its files are JOB/PATH.
type vm struct {
	group, id string
	files     map[string][]*scenario.Pair // a leaf with the CAs that are sent with it, or a bundle
	shown     map[string]*scenario.Pair   // JOB:PORT
}

// report is the report of the agent on the instance.
func (m vm) report(changes ...func(*report.Report)) *report.Report {
	at := map[cert.Fingerprint]*cert.Deployed{}
	c := report.Contents{Instance: report.Instance{Deployment: "cf", Group: m.group, ID: m.id}, CheckedAt: now, Looked: true}
	var order []cert.Fingerprint
	for name, pairs := range m.files {
		job, path := split(name)
		for n, p := range pairs {
			noun := p.Noun()
			role, leading := cert.Leaf, pairs[0].Noun()
			if noun.CA {
				role = cert.CA
			}
			d := at[noun.Fingerprint]
			if d == nil {
				d = &cert.Deployed{Certificate: noun, Role: role}
				at[noun.Fingerprint] = d
				order = append(order, noun.Fingerprint)
			}
			d.Locations = append(d.Locations, cert.Location{Job: job, File: "/var/vcap/jobs/" + job + "/" + path, Line: n*30 + 1, Form: cert.PEM, SentWithLeaf: n > 0 && !leading.CA})
		}
	}
	for _, fingerprint := range order {
		c.Deployed = append(c.Deployed, *at[fingerprint])
		c.Judgements = append(c.Judgements, verdict.Judgement{})
	}
	r := report.Build(c)
	for name, p := range m.shown {
		var job string
		var port int
		if _, err := fmt.Sscanf(name, "%s %d", &job, &port); err != nil {
			panic(err)
		}
		noun, state := p.Noun(), report.NotLoaded
		if d := at[noun.Fingerprint]; d != nil && slices.ContainsFunc(d.Locations, func(l cert.Location) bool { return l.Job == job }) {
			state = report.Loaded
		}
		r.Served.Shown = append(r.Served.Shown, report.ServedCertificate{Job: job, Process: job, Address: fmt.Sprintf("0.0.0.0:%d", port), State: state,
			Name: noun.Name(), Fingerprint: noun.Fingerprint.String(), NotAfter: noun.NotAfter})
	}
	for _, change := range changes {
		change(r)
	}
	return r
}

func split(name string) (job, path string) {
	for i := range name {
		if name[i] == '/' {
			return name[:i], name[i+1:]
		}
	}
	return name, ""
}

// fleet is the survey of instances.
func fleet(vms ...vm) *survey.Survey {
	reports := make([]*report.Report, len(vms))
	for i, m := range vms {
		if m.id == "" {
			m.id = fmt.Sprint(i)
		}
		reports[i] = m.report()
	}
	return survey.FromReports(reports, now)
}

// edge is one between the jobs client and server, with mutual TLS.
func edge() knowledge.Edge {
	return knowledge.Edge{Name: "client-server", Breaks: "Everything.", Survives: "Nothing.",
		Client: knowledge.EdgeClient{Jobs: strict.Strings{"client"}, Certificate: strict.Strings{"tls.crt"}, Trusts: strict.Strings{"ca.crt"}, Stack: knowledge.Go},
		Server: knowledge.EdgeServer{Jobs: strict.Strings{"server"}, Port: 8889, Stack: knowledge.Go, Names: strict.Strings{"server.internal"},
			Certificate: strict.Strings{"tls.crt"}, Trusts: strict.Strings{"ca.crt"}, ClientCertificate: knowledge.Required}}
}

// only is the only cell of a matrix of one edge.
func only(s *survey.Survey, e knowledge.Edge) trust.Cell {
	m := trust.New(s, []knowledge.Edge{e}).Matrix(trust.Filter{})
	if len(m.Edges) != 1 || len(m.Edges[0].Cells) != 1 {
		panic(fmt.Sprintf("%d edges, not one with one cell", len(m.Edges)))
	}
	return m.Edges[0].Cells[0]
}

// pki makes certificates of one CA.
type pki struct{ ca *scenario.Pair }

func newPKI() pki {
	return pki{scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(5, 0, 0)})}
}

func (p pki) issue(name string, change ...func(*scenario.Spec)) *scenario.Pair {
	spec := scenario.Spec{CommonName: name, SANs: []string{name}, Issuer: p.ca, NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(1, 0, 0)}
	for _, c := range change {
		c(&spec)
	}
	return scenario.Issue(spec)
}

type pairs = []*scenario.Pair

func clientVM(leaf *scenario.Pair, bundle ...*scenario.Pair) vm {
	files := map[string]pairs{"client/ca.crt": bundle}
	if leaf != nil {
		files["client/tls.crt"] = pairs{leaf}
	}
	return vm{group: "clients", files: files}
}

func serverVM(leaf *scenario.Pair, bundle ...*scenario.Pair) vm {
	return vm{group: "servers", files: map[string]pairs{"server/ca.crt": bundle, "server/tls.crt": {leaf}}}
}
