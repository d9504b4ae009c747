package web

import (
	"fmt"

	"cert-health/hub/internal/catalog"
	"cert-health/internal/verdict"
)

// worst is the sentence on top of the first page, and what to do next.
type worst struct {
	State  string // a state of a certificate: the shape and the colour
	Text   string
	URL    string // of the certificate that the sentence is about; empty if there is none
	Detail string
	Steps  []verdict.Step
	Also   []also // what comes next in urgency
	Others string // a sentence that leads to the rest
	More   string // the URL of the rest
}

// also is one more sentence.
type also struct {
	mark
	Text, URL string
}

// alsoShown is how many more sentences the first page shows.
const alsoShown = 4

// worstOf finds the sentence that a person needs most.
func worstOf(v *catalog.View, counts catalog.Counts) worst {
	unseen := 0
	for _, s := range v.Sources() {
		if s.State != catalog.SourceOK {
			unseen++
		}
	}
	list := v.Worst(1 + alsoShown)
	switch {
	case len(v.Sources()) == 0:
		return worst{State: "unverified", Text: "The hub has no source yet.",
			Detail: "Add a source below the key sources of its configuration file: a Vault, a CredHub, an Ops Manager, a Director or TLS hosts."}
	case len(list) > 0:
		return worstEntry(v, list, counts)
	case len(v.Problems()) > 0:
		return worstProblem(v.Problems())
	case unseen > 0:
		return worstUnseen(v, counts, unseen)
	}
	return allWell(v, counts)
}

// worstEntry is about the certificates with the gravest findings, the first of them above all.
func worstEntry(v *catalog.View, list []*catalog.Entry, counts catalog.Counts) worst {
	e := list[0]
	w := worst{State: string(e.State), Text: sentence(v, e), URL: certificateURL(e.ID), Detail: placeWords(e)}
	if len(e.Findings) > 0 {
		w.Steps = firstSteps(e.Findings[0].Steps)
	}
	for _, other := range list[1:] {
		w.Also = append(w.Also, also{markOf(other), sentence(v, other), certificateURL(other.ID)})
	}
	if all := counts[e.State]; all > 1 {
		w.Others, w.More = fmt.Sprintf("All %s that are %s", number(all), e.State.Title()), listURL("state", string(e.State))
	}
	return w
}

// sentence says what is wrong with a certificate.
func sentence(v *catalog.View, e *catalog.Entry) string {
	name := short(e.Name())
	switch {
	case e.State == catalog.Expired:
		return fmt.Sprintf("%s expired %s.", name, relative(v.Now(), e.NotAfter))
	case e.State == catalog.ExpiringSoon, e.State == catalog.Expiring:
		return fmt.Sprintf("%s expires %s.", name, relative(v.Now(), e.NotAfter))
	case e.State == catalog.NotYetValid && e.NotBefore.After(v.Now()):
		return fmt.Sprintf("%s is valid only %s.", name, relative(v.Now(), e.NotBefore))
	case len(e.Findings) > 0:
		return fmt.Sprintf("%s: %s.", name, short(e.Findings[0].Message))
	}
	return name + " needs attention."
}

// placeWords says where a certificate is, and how much depends on it.
func placeWords(e *catalog.Entry) string {
	text := ""
	if len(e.Placements) > 0 {
		text = fmt.Sprintf("It is in %s at %s", visible(e.Placements[0].Source), short(e.Placements[0].Path))
		if more := len(e.Placements) - 1; more > 0 {
			text += " and at " + plural(more, "other place")
		}
		text += "."
	}
	if e.Leaves > 0 {
		text += fmt.Sprintf(" It is a CA: %s on it.", dependents(e.Leaves))
	}
	return text
}

func dependents(leaves int) string {
	if leaves == 1 {
		return "1 certificate depends"
	}
	return number(leaves) + " certificates depend"
}

// worstProblem is about an item that holds no certificate.
func worstProblem(problems []catalog.Finding) worst {
	f := problems[0]
	w := worst{State: string(catalog.Broken), Text: fmt.Sprintf("%s: %s.", short(f.Path), short(f.Message)),
		Detail: visible(f.Why), Steps: firstSteps(f.Steps)}
	if others := len(problems) - 1; others > 0 {
		w.Others, w.More = plural(others, "other place")+" without a certificate", "/sources#lost"
	}
	return w
}

func worstUnseen(v *catalog.View, counts catalog.Counts, unseen int) worst {
	text := "No source has shown a certificate yet."
	if total := counts.Total(); total > 0 {
		text = fmt.Sprintf("Nothing is wrong as far as the hub can see: %d of %s cannot be seen whole.",
			unseen, plural(len(v.Sources()), "source"))
	}
	return worst{State: string(catalog.Unverified), Text: text, Detail: "What cannot be seen is not counted as good.",
		Others: "What cannot be seen, and why", More: "/sources"}
}

func allWell(v *catalog.View, counts catalog.Counts) worst {
	if counts.Total() == 0 {
		return worst{State: string(catalog.Unverified), Text: "The sources hold no certificate.",
			Detail: "Check the paths of the sources in the configuration file if you expect some."}
	}
	w := worst{State: string(catalog.OK), Text: fmt.Sprintf("All %s are well.", plural(counts.Total(), "certificate"))}
	if counts.Total() == 1 {
		w.Text = "The certificate is well."
	}
	if next := nextToExpire(v, 1); len(next) > 0 {
		w.Detail = fmt.Sprintf("%s expires next, %s.", short(next[0].Name()), relative(v.Now(), next[0].NotAfter))
	}
	return w
}

// topSteps is how many steps the first page shows; the page of the certificate has all.
const topSteps = 2

func firstSteps(steps []verdict.Step) []verdict.Step { return steps[:min(topSteps, len(steps))] }
