package knowledge

import (
	"embed"
	"errors"

	"cert-health/internal/strict"
)

//go:embed edges/*.yml
var builtinEdges embed.FS

// maxEdges bounds the edges of all files together.
const maxEdges = 5000

var errManyEdges = errors.New("read the knowledge: the files have more than 5000 edges: leave out those that are not needed")

// LoadEdges reads the built-in edges, and those of an operator's directory if it is not empty. An operator's
// edge replaces a built-in one with its name. An edge without jobs on either side removes it.
func LoadEdges(dir string) ([]Edge, error) {
	list, err := documents(builtinEdges, "edges", dir)
	if err != nil {
		return nil, err
	}
	var all []*Edge
	var faults []error
	for _, d := range list {
		var file edgeFile
		if err := decode(d, &file); err != nil {
			faults = append(faults, err)
			continue
		}
		for i := range file.Edges {
			own := &file.Edges[i]
			own.File = d.name
			all = replaced(all, own, func(other *Edge) bool { return other.Name == own.Name })
		}
	}
	if len(all) > maxEdges {
		return nil, errManyEdges
	}
	edges := make([]Edge, 0, len(all))
	for _, e := range all {
		if len(e.Client.Jobs) > 0 {
			edges = append(edges, *e)
		}
	}
	return edges, errors.Join(faults...)
}

// edgeFile is one file below edges.
type edgeFile struct {
	Platform string `yaml:"platform"` // for people
	Edges    []Edge `yaml:"edges"`
}

// Problems returns what is wrong with the edges of the file.
func (f *edgeFile) Problems() (p strict.Problems) {
	seen := map[string]bool{}
	for i := range f.Edges {
		e, at := &f.Edges[i], strict.Item("edges", i)
		if e.Name != "" {
			at += " (" + e.Name + ")"
		}
		if seen[e.Name] {
			p.Add("%s.name is that of another edge", at)
		}
		seen[e.Name] = true
		p = append(p, e.problems().Below(at)...)
	}
	return p
}

func (e *Edge) problems() (p strict.Problems) {
	if e.Name == "" {
		p.Add("name is missing: name the edge, such as rep-bbs")
	}
	if len(e.Client.Jobs) == 0 && len(e.Server.Jobs) == 0 {
		return p // removes a built-in edge
	}
	if len(e.Client.Jobs) == 0 {
		p.Add("client.jobs is missing: name the jobs that open the connection")
	}
	if len(e.Server.Jobs) == 0 {
		p.Add("server.jobs is missing: name the jobs that accept the connection")
	}
	if e.Breaks == "" {
		p.Add("breaks is missing: say what users see when the connection cannot be made")
	}
	if len(e.Server.Names) > 0 && e.Server.AnyName {
		p.Add("server.names and server.any_name exclude each other: remove one of them")
	}
	if e.Local && e.Across {
		p.Add("local and across exclude each other: remove one of them")
	}
	e.words(&p)
	e.globs(&p)
	return p
}

func (e *Edge) words(p *strict.Problems) {
	p.OneOf("server.client_certificate", string(e.Server.ClientCertificate), needs())
	if e.Client.Stack != "" {
		p.OneOf("client.stack", string(e.Client.Stack), stacks())
	}
	if e.Server.Stack != "" {
		p.OneOf("server.stack", string(e.Server.Stack), stacks())
	}
	if e.Server.ClientCertificate == NoNeed && len(e.Client.Certificate)+len(e.Server.Trusts) > 0 {
		p.Add("client.certificate and server.trusts are not used with server.client_certificate: none")
	}
}

func (e *Edge) globs(p *strict.Problems) {
	lists := map[string]strict.Strings{
		"client.certificate": e.Client.Certificate, "client.trusts": e.Client.Trusts, "server.certificate": e.Server.Certificate, "server.trusts": e.Server.Trusts,
		"client.jobs": e.Client.Jobs, "server.jobs": e.Server.Jobs, "server.names": e.Server.Names,
		"client.certificate_names": e.Client.CertificateNames, "client.trusts_names": e.Client.TrustsNames,
		"server.certificate_names": e.Server.CertificateNames, "server.trusts_names": e.Server.TrustsNames,
	}
	for _, path := range []string{"client.certificate", "client.trusts", "server.certificate", "server.trusts", "client.jobs", "server.jobs", "server.names",
		"client.certificate_names", "client.trusts_names", "server.certificate_names", "server.trusts_names"} {
		for i, glob := range lists[path] {
			p.Check(strict.Item(path, i), strict.CheckGlob(glob))
		}
	}
}
