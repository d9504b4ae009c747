package repair

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"cert-health/internal/discover"
)

// Monit is the program monit of a VM.
type Monit struct {
	Program string        // a path, or a name in PATH
	Root    string        // stands for "/"; for the pidfiles
	Wait    time.Duration // for one process
}

// FindMonit returns the monit of this VM: the one of the stemcell, or else one in PATH. Below another root than "/", the
// one in PATH is that of another machine, and is not used.
func FindMonit(root string, wait time.Duration) Monit {
	const ofStemcell = "/var/vcap/bosh/bin/monit"
	m := Monit{Root: root, Wait: wait}
	if filepath.Clean(root) == "/" {
		m.Program = "monit"
	}
	if real, err := discover.Resolve(root, ofStemcell); err == nil {
		if info, err := os.Stat(real); err == nil && info.Mode()&0o111 != 0 {
			m.Program = real
		}
	}
	return m
}

const (
	// commandTime is the longest time of one command of monit.
	commandTime = 30 * time.Second
	// maxAnswer is how much of its answer is read, in bytes.
	maxAnswer = 1 << 20
	// pause is the time between two looks at a process. A cycle of monit has ten seconds.
	pause = 500 * time.Millisecond
)

// Restart restarts a process, and waits until monit says that it runs, with another pid than before.
func (m Monit) Restart(ctx context.Context, p Process) error {
	before := m.pid(p)
	switch out, err := m.run(ctx, "restart", p.Name); {
	case err != nil && out == "":
		return fmt.Errorf("monit restart %s: %w", p.Name, err)
	case err != nil:
		return fmt.Errorf("monit refuses (%w): %s: mend what it says, and run `monit restart %s`", err, strings.Join(strings.Fields(string(out)), " "), p.Name)
	}
	ctx, cancel := context.WithTimeout(ctx, m.Wait)
	defer cancel()
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	state, missed := "", p.PIDFile == ""
	for {
		if now := m.pid(p); p.PIDFile != "" && now > 0 && now != before {
			missed = true
		}
		states, err := m.summary(ctx)
		if err == nil {
			state = states[p.Name]
			if p.PIDFile == "" && !running(state) {
				missed = true
			}
		}
		if missed && running(state) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not run again after %s (monit says: %s): look at `monit summary` and at its logs in /var/vcap/sys/log/%s", p.Name, m.Wait, said(state), p.Job)
		case <-ticker.C:
		}
	}
}

func said(state string) string {
	if state == "" {
		return "nothing about it"
	}
	return state
}

// running tells whether a state of monit summary is that of a process that runs, in the words of versions 5.2.5 and 5.33.
func running(state string) bool {
	switch strings.ToLower(state) {
	case "running", "ok":
		return true
	}
	return false
}

// summaryLine is a line of monit summary: of version 5.2.5, "Process 'NAME'   running", and of newer versions,
// "NAME   OK   Process".
var summaryLine = regexp.MustCompile(`(?m)^[ │]*(?:Process '([^']+)' +(\S.*?)|([^\s'│]+)[ │]+(\S.*?)[ │]+Process)[ │]*$`)

func (m Monit) summary(ctx context.Context) (map[string]string, error) {
	out, err := m.run(ctx, "-B", "summary")
	if err != nil { // 5.2.5 does not know -B, and draws no table
		out, err = m.run(ctx, "summary")
	}
	states := map[string]string{}
	for _, match := range summaryLine.FindAllStringSubmatch(out, -1) {
		states[match[1]+match[3]] = match[2] + match[4]
	}
	return states, err
}

// errNoMonit is why nothing is restarted.
var errNoMonit = errors.New("there is no monit on this machine: restart the jobs by hand")

// run runs a command of monit. Its answer is part of an error.
func (m Monit) run(ctx context.Context, arguments ...string) (string, error) {
	if m.Program == "" {
		return "", errNoMonit
	}
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	command := exec.CommandContext(ctx, m.Program, arguments...)
	var out bytes.Buffer
	command.Stdout = &limited{to: &out}
	command.Stderr = command.Stdout
	command.WaitDelay = time.Second
	err := command.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return "", errNoMonit
	}
	return strings.TrimRight(out.String(), "\n"), err
}

// limited keeps the beginning of what is written.
type limited struct{ to *bytes.Buffer }

// Write keeps what there is room for.
func (l *limited) Write(text []byte) (int, error) {
	l.to.Write(text[:min(len(text), maxAnswer-l.to.Len())])
	return len(text), nil
}

// pid reads the pidfile of a process; 0 if there is none.
func (m Monit) pid(p Process) int {
	if p.PIDFile == "" {
		return 0
	}
	directory, name, err := resolve(m.Root, p.PIDFile)
	if err != nil {
		return 0
	}
	dir, err := os.OpenRoot(directory)
	if err != nil {
		return 0
	}
	defer dir.Close()
	contents, _, err := readIn(dir, path.Base(name))
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(contents)))
	return pid
}
