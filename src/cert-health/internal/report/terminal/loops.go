package terminal

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// line is one line of a plan.
type line struct {
	text    string
	brief   string // for a loop: what it does, where the loop has no room
	command bool   // it stays in one line, so that it can be copied
	// compound means that commands stand within words.
	compound bool
}

// loop is commands that differ in one word only.
type loop struct {
	actions []action
	key     string
	varying int // the index of the word; 0 for a step of another form
}

// cas tells whether the loop renews CAs.
func (l *loop) cas() bool { return l.actions[0].generation < report.LeafGeneration }

// loops writes commands that differ only in the name of a secret in one directory, or of a
// process, as one loop of a shell. CAs and leaves have loops of their own. A secret joins a loop
// only if no CA that may have to be renewed before it is renewed behind that loop.
//
// The actions come in the order of their generations, so the loop behind another one has the
// lowest generation of all behind it.
func loops(actions []action) []line {
	type kind struct {
		key string
		cas bool
	}
	var list []*loop
	latest := map[kind]int{}
	for _, a := range actions {
		next := loopOf(a)
		of := kind{next.key, next.cas()}
		at, known := latest[of]
		if !known || at+1 < len(list) && list[at+1].actions[0].generation < a.generation {
			latest[of], list = len(list), append(list, next)
			continue
		}
		list[at].actions = append(list[at].actions, a)
	}
	var lines []line
	for _, l := range list {
		lines = append(lines, l.line())
	}
	return lines
}

// beginnings are the commands that can be written as a loop: their words before the one that
// varies.
func beginnings() [][]string {
	return [][]string{{"safe", "x509", "renew"}, {"safe", "x509", "reissue"}, {"monit", "restart"}}
}

func loopOf(a action) *loop {
	words := a.step.Run
	for _, beginning := range beginnings() {
		if n := len(beginning); len(words) > n && slices.Equal(words[:n], beginning) && words[n] == path.Clean(words[n]) {
			key := slices.Clone(words)
			key[n] = path.Dir(key[n])
			return &loop{[]action{a}, strings.Join(key, "\x00"), n}
		}
	}
	return &loop{[]action{a}, a.step.String(), 0}
}

func (l *loop) line() line {
	first := l.actions[0]
	words := first.step.Run
	if len(l.actions) == 1 {
		return line{text: first.text(), command: len(words) > 0, compound: first.step.compound}
	}
	var names []string
	for _, a := range l.actions {
		names = append(names, path.Base(a.step.Run[l.varying]))
	}
	directory := path.Dir(words[l.varying])
	variable, each := `"$s"`, fmt.Sprintf("each of these %d", len(names))
	if directory != "." {
		variable = verdict.Run(directory).String() + `/"$s"`
		each = fmt.Sprintf("each of %d secrets below %s", len(names), directory)
	}
	return line{
		text: "for s in " + verdict.Run(names...).String() + "; do " + verdict.Run(words[:l.varying]...).String() + " " +
			variable + behind(words[l.varying+1:]) + l.stop() + "; done",
		brief:   verdict.Run(words[:l.varying]...).String() + " " + each + ": the command is below",
		command: true,
	}
}

// stop ends a loop of CAs when a command fails: what the next one signs with must be new.
func (l *loop) stop() string {
	if l.cas() && l.actions[0].step.Stage == verdict.Renewing {
		return " || break"
	}
	return ""
}

func behind(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return " " + verdict.Run(words...).String()
}
