package web

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/platform"
	"cert-health/internal/rotation"
	"cert-health/internal/verdict"
)

// rotationPage is the rotation of one CA, step by step.
type rotationPage struct {
	Worst    worst
	Mark     mark
	CA       string
	Store    string
	CAs      []authority
	Steps    []rotationStep
	Broken   []string
	Faults   []string
	Warnings []string
	Blind    []string
}

// authority is a CA of a rotation.
type authority struct {
	Role, Name, URL string
	Ends            ago
	Signs, Given    bool
	Trusted         int
}

// rotationStep is one step with its bar, and who holds it back.
type rotationStep struct {
	mark
	ID, Title, Where, Words string
	Current                 bool
	Bar                     []part
	Blockers                []blockers
	More                    int // blockers that are not listed
}

// blockers are those that are held back by the same.
type blockers struct {
	mark
	Why   string
	Names []named
	More  int
}

// named is a name with a link, if it has one.
type named struct{ Name, URL string }

// How many blockers of one step are named, and of one reason. The JSON has all.
const (
	mostReasons = 20
	mostNamed   = 12
)

func (p *Pages) rotation(w http.ResponseWriter, r *http.Request, look *platform.Look) {
	ca := r.PathValue("ca")
	state, err := look.Rotation(ca, nil, false)
	if err != nil {
		p.fail(w, r, http.StatusNotFound, "The hub does not know this CA",
			"No store holds a CA under this path, and no VM has shown one of this name. Begin at the list of rotations.")
		return
	}
	shown := p.page(r, "rotations", "Rotation of "+short(state.CA))
	shown.Self, shown.JSON = rotationURL(ca), "/v1"+rotationURL(ca)
	shown.Body = rotationOf(&state)
	p.render(w, r, http.StatusOK, "rotation", shown)
}

func rotationOf(s *rotation.State) rotationPage {
	body := rotationPage{Mark: phaseMark(s), CA: s.CA, Store: s.Store, Broken: sentences(s.Broken), Faults: sentences(s.Faults),
		Warnings: sentences(s.Warnings), Blind: sentences(s.Blind)}
	title := s.New.Name + ": " + string(s.Phase)
	if s.Current != "" {
		title += ", " + stepWords(s.Step(s.Current))
	}
	body.Worst = worst{State: body.Mark.State, Text: title, Detail: upper(s.Next) + ".", Steps: rotationSteps(s)}
	body.CAs = append(body.CAs, authorityOf("stays", s.New, s.At))
	for _, ca := range s.Old {
		body.CAs = append(body.CAs, authorityOf("goes", ca, s.At))
	}
	for _, step := range s.Steps {
		if len(s.Old) > 0 {
			body.Steps = append(body.Steps, rotationStepOf(step, s.Current))
		}
	}
	return body
}

// rotationSteps are the commands of the next step.
func rotationSteps(s *rotation.State) (steps []verdict.Step) {
	switch {
	case s.Offered:
		return []verdict.Step{verdict.Run("cert-health", "rotate", "next", s.CA)}
	case len(s.Faults) > 0:
		return nil
	}
	for _, name := range s.Deploy {
		steps = append(steps, verdict.Run("bosh", "-d", name, "deploy", "MANIFEST"))
	}
	return steps
}

func authorityOf(role string, a rotation.Authority, now time.Time) authority {
	return authority{Role: role, Name: a.Name, URL: certificateURL(inventory.ID(a.Fingerprint)), Ends: agoOf(now, a.NotAfter), Signs: a.Signs, Given: a.Given, Trusted: a.Trusted}
}

func rotationStepOf(s rotation.Step, current rotation.StepName) rotationStep {
	step := rotationStep{ID: string(s.Name), Title: upper(s.Title), Where: "in the store", Words: stepWords(s), Current: s.Name == current, Bar: stepBar(s)}
	if s.OnVMs {
		step.Where = "on VMs"
	}
	switch {
	case s.Finished:
		step.mark = mark{State: string(catalog.OK), Word: "done"}
	case step.Current:
		step.mark = mark{State: "awaiting_deploy", Word: "now"}
	default:
		step.mark, step.Bar = mark{State: string(catalog.Unverified), Word: "later"}, laterBar(s)
	}
	for _, b := range byEffort(s.Blockers) {
		step.hold(b)
	}
	return step
}

// hold adds a blocker to those with the same reason.
func (s *rotationStep) hold(b rotation.Blocker) {
	own := blockersOf(b)
	at := slices.IndexFunc(s.Blockers, func(other blockers) bool { return other.mark == own.mark && other.Why == own.Why })
	switch {
	case at < 0 && len(s.Blockers) < mostReasons:
		s.Blockers = append(s.Blockers, own)
	case at < 0:
		s.More++
	case len(s.Blockers[at].Names) < mostNamed:
		s.Blockers[at].Names = append(s.Blockers[at].Names, own.Names...)
	default:
		s.Blockers[at].More++
	}
}

func byEffort(list []rotation.Blocker) []rotation.Blocker {
	return slices.SortedStableFunc(slices.Values(list), func(a, b rotation.Blocker) int { return cmp.Compare(effort(a), effort(b)) })
}

// effort orders blockers: first those that no deploy reaches, which somebody must look after.
func effort(b rotation.Blocker) int {
	switch {
	case b.Accepted:
		return 2
	case b.Reach:
		return 1
	}
	return 0
}

func blockersOf(b rotation.Blocker) blockers {
	of := blockers{Why: b.Why, Names: []named{{Name: b.Name}}, mark: mark{State: "awaiting_deploy", Word: "waits for a deploy"}}
	if b.Instance != "" {
		of.Names[0].URL = instanceURL(inventory.InstanceKey(b.Instance))
	}
	switch {
	case b.Accepted:
		of.mark = mark{State: "ignored", Word: "accepted"}
	case b.Instance == "" && b.Reach:
		of.mark = mark{State: "not_yet_valid", Word: "waits for the step"}
	case b.Standing != "" && inventory.Standing(b.Standing) != inventory.Reports:
		of.mark = standingMark(inventory.Standing(b.Standing))
	case !b.Reach:
		of.mark = mark{State: string(catalog.Broken), Word: "by hand"}
	}
	return of
}

// sentences are sentences of other packages, ready for a page.
func sentences(list []string) (all []string) {
	for _, s := range list {
		all = append(all, capital(upper(long(s))))
	}
	return all
}
