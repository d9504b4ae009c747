package terminal

import (
	"fmt"
	"slices"
	"strings"

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
	varying int  // the index of the word; 0 for a step of another form
	several bool // one command takes all the words
}

// loops writes commands that differ in one word only as one: a command that takes several paths, or a loop
// of a shell. A path joins others only if no CA that may have to be renewed before it is renewed behind them.
//
// The actions come in the order of their generations, so the loop behind another one has the
// lowest generation of all behind it.
func loops(actions []action) []line {
	var list []*loop
	latest := map[string]int{}
	for _, a := range actions {
		next := loopOf(a)
		at, known := latest[next.key]
		if !known || at+1 < len(list) && list[at+1].actions[0].generation < a.generation {
			latest[next.key], list = len(list), append(list, next)
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

// beginning is a command that can be joined with others: its words before the one that varies.
type beginning struct {
	words   []string
	several bool // the command takes several: it renews CAs before leaves by itself
}

func beginnings() []beginning {
	return []beginning{
		{[]string{"cert-health", "x509", "renew"}, true},
		{[]string{"cert-health", "x509", "reissue"}, true},
		{[]string{"monit", "restart"}, false},
	}
}

func loopOf(a action) *loop {
	words := a.step.Run
	for _, b := range beginnings() {
		if n := len(b.words); len(words) > n && slices.Equal(words[:n], b.words) {
			key := slices.Clone(words)
			key[n] = ""
			return &loop{[]action{a}, strings.Join(key, "\x00"), n, b.several}
		}
	}
	return &loop{actions: []action{a}, key: a.step.String()}
}

func (l *loop) line() line {
	first := l.actions[0]
	words := first.step.Run
	if len(l.actions) == 1 {
		return line{text: first.text(), command: len(words) > 0, compound: first.step.compound}
	}
	var names []string
	for _, a := range l.actions {
		names = append(names, a.step.Run[l.varying])
	}
	command, after := verdict.Run(words[:l.varying]...).String(), behind(words[l.varying+1:])
	if l.several {
		return line{
			text:    command + behind(names) + after,
			brief:   fmt.Sprintf("%s each of %d secrets in one command: it is below", command, len(names)),
			command: true,
		}
	}
	return line{
		text:    "for s in" + behind(names) + "; do " + command + ` "$s"` + after + "; done",
		brief:   fmt.Sprintf("%s each of these %d: the command is below", command, len(names)),
		command: true,
	}
}

func behind(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return " " + verdict.Run(words...).String()
}
