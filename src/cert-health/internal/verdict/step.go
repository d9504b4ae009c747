package verdict

import (
	"fmt"
	"strings"
)

// Step is one thing to do. Either Run or Do is set. An instruction that ends in a
// colon is the condition or the purpose of the steps behind it.
type Step struct {
	Run []string `json:"run,omitempty"` // a command as an argument vector, which works as typed
	Do  string   `json:"do,omitempty"`  // an instruction
	// Stage orders the steps of several findings. It is empty for a step that depends on no other
	// finding's step.
	Stage Stage `json:"stage,omitempty"`
}

// Stage is a part of a repair. All steps of a stage come before those of the next.
type Stage string

// The stages, in their order.
const (
	Renewing   Stage = "renew"   // change what the source holds
	Deploying  Stage = "deploy"  // bring it to the VM
	Restarting Stage = "restart" // make a process load it
)

// at puts steps into a stage.
func at(stage Stage, steps ...Step) []Step {
	for i := range steps {
		steps[i].Stage = stage
	}
	return steps
}

// Run makes a step of a command.
func Run(arguments ...string) Step { return Step{Run: arguments} }

// Do makes a step of an instruction.
func Do(format string, values ...any) Step { return Step{Do: fmt.Sprintf(format, values...)} }

// String writes the step for people. A command is quoted for a POSIX shell.
func (s Step) String() string {
	if len(s.Run) == 0 {
		return s.Do
	}
	words := make([]string, len(s.Run))
	for i, word := range s.Run {
		words[i] = quote(word)
	}
	return strings.Join(words, " ")
}

// unquoted are the characters that mean nothing to a POSIX shell.
const unquoted = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-"

func quote(word string) string {
	if word != "" && strings.Trim(word, unquoted) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Join writes the steps for people in one line.
func Join(steps []Step) string {
	var line strings.Builder
	for i, step := range steps {
		text := step.String()
		switch {
		case i == 0:
		case strings.HasSuffix(steps[i-1].Do, ":"):
			line.WriteString(" ")
		case strings.HasPrefix(step.Do, "or "):
			line.WriteString(", ")
		case strings.HasPrefix(step.Do, "if "):
			line.WriteString("; ")
		default:
			line.WriteString(", then ")
		}
		line.WriteString(text)
	}
	return line.String()
}
