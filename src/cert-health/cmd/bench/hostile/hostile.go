// Package hostile measures what content and answers of an attacker cost: the processor time
// and the memory of an agent, and how late the findings of other jobs are.
package hostile

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cert-health/internal/scenario"
	"cert-health/internal/scenario/hostile"
)

// Options say what is measured.
type Options struct {
	Program string    // the built cert-health
	Self    string    // the benchmark, which -work outdated: turns into a server
	Dir     string    // an empty directory
	Match   string    // only the rows whose names contain it
	Out     io.Writer // for the table
}

// rowLimit ends the measurement of a row, so that each row ends.
const rowLimit = 30 * time.Second

// row is one attack.
type row struct {
	name string
	// prepare makes the attack on a VM whose files are below its root, and returns what it adds
	// to the agent's configuration. What it starts ends with the context.
	prepare func(ctx context.Context, v *vm) (string, error)
}

// vm is the VM that is attacked.
type vm struct {
	scenario.VM
	root  string
	self  string
	noted string // what the report contains once the honest job's finding is known
}

// Run prints one line for each attack.
func Run(ctx context.Context, o Options) error {
	fmt.Fprintf(o.Out, "| attack | CPU of the first scan | CPU of %s after it | peak memory above the idle agent | honest job's finding after | end after SIGTERM | report | log |\n", later)
	fmt.Fprintln(o.Out, "| --- | --- | --- | --- | --- | --- | --- | --- |")
	idle, err := o.measure(ctx, row{"", func(context.Context, *vm) (string, error) { return "", nil }})
	if err != nil {
		return fmt.Errorf("idle agent: %w", err)
	}
	fmt.Fprintln(o.Out, idle.line(fmt.Sprintf("none: the idle agent (%.1f MB)", float64(idle.peak)/1e6), idle))
	for _, r := range rows() {
		if !strings.Contains(r.name, o.Match) {
			continue
		}
		measured, err := o.measure(ctx, r)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		fmt.Fprintln(o.Out, measured.line(r.name, idle))
	}
	return nil
}

func rows() []row {
	var list []row
	for _, input := range hostile.Inputs() {
		list = append(list, row{input.Name, func(_ context.Context, v *vm) (string, error) {
			v.Jobs["attacker"] = input.Make()
			return "", nil
		}})
	}
	return append(list, strangers()...)
}

// measure runs an agent on a VM with an honest job, which has an expired certificate, and the
// attack.
func (o Options) measure(ctx context.Context, r row) (figures, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dir, err := os.MkdirTemp(o.Dir, "row-")
	if err != nil {
		return figures{}, err
	}
	defer os.RemoveAll(dir)
	expired := scenario.Issue(scenario.Spec{CommonName: "honest.internal", NotBefore: time.Now().AddDate(-1, 0, -1)})
	v := &vm{root: filepath.Join(dir, "root"), self: o.Self, noted: `"expired"`, VM: scenario.VM{Deployment: "bench", Group: "cell", ID: "0",
		Jobs: map[string]scenario.Files{"honest": {"config/server.pem": expired.CertPEM()}}}}
	settings, err := r.prepare(ctx, v)
	if err != nil {
		return figures{}, err
	}
	if err := v.Write(v.root); err != nil {
		return figures{}, err
	}
	data := filepath.Join(dir, "data")
	file := filepath.Join(dir, "config.yml")
	text := fmt.Sprintf("agent: {data_dir: %s, scan_interval: 5s, compare_interval: 5s}\n%s", data, settings)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return figures{}, err
	}
	t := trial{program: o.Program, config: file, root: v.root, report: filepath.Join(data, "report.json"), noted: v.noted}
	return t.run(ctx)
}
