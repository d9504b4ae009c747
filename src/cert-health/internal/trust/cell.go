package trust

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cert-health/internal/knowledge"
	"cert-health/internal/survey"
	"cert-health/internal/verdict"
)

// cell judges one pair of generations at a time.
func (v *View) cell(n, client, server int, at time.Time) Cell {
	edge, s := &v.edges[n], &v.sides[n]
	c, d := s.clients[client].material, s.servers[server].material
	cell := Cell{Client: client, Server: server}
	cell.Files = combine(edge, v.serverHalf(edge, c, d, d.leaves, at, false), v.clientHalf(edge, c, d, at))
	if len(d.shown) > 0 || c.behind || d.behind {
		now := v.now(edge, c, d, at)
		cell.Now = &now
	}
	return cell
}

// half is the judgement of one side about the certificate of the other side.
type half struct {
	judgement
	leaf *survey.Certificate // nil without one
}

// now is the cell with what processes show. What a process trusts that is behind its files is not seen.
func (v *View) now(edge *knowledge.Edge, c, d *material, at time.Time) Verdict {
	leaves, shown := d.leaves, len(d.shown) > 0
	if shown {
		leaves = d.shown
	}
	server := v.serverHalf(edge, c, d, leaves, at, shown)
	if c.behind {
		server = unseen(server, "a process of the client runs with certificates from before its files changed, and what it trusts is not seen")
	}
	client := v.clientHalf(edge, c, d, at)
	if edge.Mutual() && (c.behind || d.behind) {
		client = unseen(client, "a process runs with certificates from before its files changed: the client certificate that it has, or the CAs that it trusts, are not seen")
	}
	return combine(edge, server, client)
}

func unseen(h half, why string) half {
	return half{leaf: h.leaf, judgement: judgement{doubts: []string{why}, ends: h.ends}}
}

// serverHalf is what the client thinks of the server's certificate.
func (v *View) serverHalf(edge *knowledge.Edge, c, d *material, leaves []*survey.Certificate, at time.Time, shown bool) half {
	if len(leaves) == 0 {
		return half{judgement: judgement{doubts: []string{"no certificate is known in the files of the server"}}}
	}
	return agreed(leaves, func(leaf *survey.Certificate) judgement {
		return judge(question{leaf: leaf, sent: d.sent, anchors: c.anchors, at: at, usage: "serverAuth", stack: edge.Client.Stack,
			names: edge.Server.Names, anyName: edge.Server.AnyName, spare: spare(edge.Server.Stack, d), noBundle: !c.bundle, mixed: c.mixed, unsent: shown, issuers: v.signers[leaf.Issuer]})
	})
}

// clientHalf is what the server thinks of the client's certificate.
func (v *View) clientHalf(edge *knowledge.Edge, c, d *material, at time.Time) half {
	need := edge.Server.ClientCertificate
	switch {
	case need == knowledge.NoNeed, need == knowledge.Optional && len(c.leaves) == 0:
		return half{}
	case len(c.leaves) == 0 && len(edge.Client.Certificate) == 0:
		return half{judgement: judgement{doubts: []string{"the files with the client's certificate are not known"}}}
	case len(c.leaves) == 0:
		return half{judgement: judgement{faults: []fault{{NoClientCertificate, nil}}}}
	}
	return agreed(c.leaves, func(leaf *survey.Certificate) judgement {
		return judge(question{leaf: leaf, sent: c.sent, anchors: d.anchors, at: at, usage: "clientAuth", stack: edge.Server.Stack,
			anyName: true, spare: spare(edge.Client.Stack, c), noBundle: !d.bundle, mixed: d.mixed, issuers: v.signers[leaf.Issuer]})
	})
}

// spare are the CAs that the sender of a certificate may add by itself.
func spare(stack knowledge.Stack, sender *material) []*survey.Certificate {
	if stack == knowledge.OpenSSL || stack == "" {
		return sender.anchors
	}
	return nil
}

// agreed judges all certificates that one side may send. Which one it sends is not known, so they must agree.
func agreed(leaves []*survey.Certificate, judge func(*survey.Certificate) judgement) half {
	first := half{judgement: judge(leaves[0]), leaf: leaves[0]}
	for _, leaf := range leaves[1:] {
		if other := judge(leaf); other.refused() != first.refused() || len(other.doubts) > 0 && len(first.doubts) == 0 {
			return half{leaf: leaf, judgement: judgement{ends: other.ends,
				doubts: []string{"the file holds several certificates, and which of them is sent is not known"}}}
		}
	}
	return first
}

// combine makes the verdict of both halves. The client verifies first.
func combine(edge *knowledge.Edge, server, client half) Verdict {
	out := Verdict{Status: Trusted}
	out.end(server)
	out.end(client)
	switch {
	case server.refused():
		out.refuse(edge, Client, server)
		out.also(client.faults)
	case client.refused():
		out.refuse(edge, Server, client)
	case len(server.doubts) > 0:
		out.doubt(server)
	case len(client.doubts) > 0:
		out.doubt(client)
	}
	return out
}

// end notes the earlier end.
func (v *Verdict) end(h half) {
	if c := h.ends; c != nil && !c.NotAfter.IsZero() && (v.Ends.IsZero() || c.NotAfter.Before(v.Ends)) {
		own := refOf(c)
		v.Ends, v.EndsWith = c.NotAfter, &own
	}
}

func (v *Verdict) doubt(h half) {
	v.Status, v.Why = Unknown, strings.Join(h.doubts, "; ")
	if h.leaf != nil {
		own := refOf(h.leaf)
		v.Certificate = &own
	}
}

func (v *Verdict) refuse(edge *knowledge.Edge, by Side, h half) {
	first := h.faults[0]
	v.Status, v.By = first.status, by
	if h.leaf != nil {
		own := refOf(h.leaf)
		v.Certificate = &own
	}
	if first.at != nil && first.at != h.leaf {
		cause := refOf(first.at)
		v.Cause = &cause
	}
	v.Why = sentence(edge, by, first, h.leaf)
	v.also(h.faults[1:])
	if by == Server && (first.status == UnknownCA || slices.Contains(v.Also, UnknownCA)) {
		// A client sends no certificate if the server does not ask for one of its CA.
		v.also([]fault{{NoClientCertificate, h.leaf}})
	}
}

func (v *Verdict) also(faults []fault) {
	for _, f := range faults {
		if f.status != v.Status && !slices.Contains(v.Also, f.status) {
			v.Also = append(v.Also, f.status)
		}
	}
}

// sentence says who refuses what, and why.
func sentence(edge *knowledge.Edge, by Side, f fault, leaf *survey.Certificate) string {
	who, whose := "the client", "the server"
	if by == Server {
		who, whose = whose, who
	}
	if f.status == NoClientCertificate {
		return "the server refuses the client: no file of the client has a certificate for it"
	}
	name := "the certificate " + leaf.Name + " of " + whose
	switch f.status {
	case UnknownCA:
		return fmt.Sprintf("%s refuses %s: its CA %s is not in the bundle", who, name, issuer(leaf))
	case WrongName:
		return fmt.Sprintf("%s refuses %s: it lacks the name %s", who, name, strings.Join(edge.Server.Names, " or "))
	case WrongUsage:
		return fmt.Sprintf("%s refuses %s: the key usages of %s exclude it", who, name, f.at.Name)
	case NotYetValid:
		return fmt.Sprintf("%s refuses %s: %s is not valid before %s", who, name, self(f.at, leaf), verdict.Stamp(f.at.NotBefore))
	}
	return fmt.Sprintf("%s refuses %s: %s ended at %s", who, name, self(f.at, leaf), verdict.Stamp(f.at.NotAfter))
}

func self(at, leaf *survey.Certificate) string {
	if at == leaf {
		return "it"
	}
	return "its CA " + at.Name
}

func issuer(c *survey.Certificate) string {
	if c.AuthorityID != "" {
		return fmt.Sprintf("%s (key %s)", c.Issuer, c.AuthorityID[:min(len(c.AuthorityID), 8)])
	}
	return c.Issuer
}
