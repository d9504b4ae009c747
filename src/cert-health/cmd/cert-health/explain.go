package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/explain"
	"cert-health/internal/explain/logs"
	"cert-health/internal/knowledge"
	"cert-health/internal/report/terminal"
)

// explainFlags are the flags of explain.
type explainFlags struct {
	surveyFlags
	knowledge string
	blind     bool
}

func newExplain(c console) *cobra.Command {
	f := &explainFlags{}
	f.console = c
	cmd := &cobra.Command{
		Use:   "explain [FILE...]",
		Short: "read logs, and name the certificates that they are about",
		Long: `explain reads logs and finds the words of TLS in them: of Go, OpenSSL, nginx,
Java, Envoy, NATS, Node and others, and what cf and bosh say. It says who
refused whom and why, which certificate is at fault, where it is, what the
store holds and what to do.

FILE is a log, a directory of logs, or "-" for standard input, which is also
read without FILE. Logs may be compressed with gzip, and in archives as bosh
logs downloads them. The certificates are those of --report, of the hub, or of
this VM; without any of them explain says which kind of certificate to look
for.

Exit codes: 0 nothing found, 1 something found, 2 nothing found and not
everything could be read.`,
		Example: `  cert-health explain /var/vcap/sys/log
  cf push 2>&1 | cert-health explain
  bosh -d cf logs diego-cell && cert-health explain cf.diego-cell-*.tgz`,
		RunE: func(cmd *cobra.Command, names []string) error {
			if err := checkFormat(f.format); err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
			defer stop()
			return f.explain(ctx, names, cmd.InOrStdin())
		},
	}
	f.flags(cmd)
	f.targetFlag(cmd)
	formatFlag(cmd, &f.format, "`FORMAT` of the answer: table for people, json for programs")
	cmd.Flags().BoolVar(&f.verbose, "verbose", false, "show all that was found")
	cmd.Flags().BoolVar(&f.blind, "words-only", false, "read the logs alone, without a survey of certificates")
	cmd.Flags().StringVar(&f.knowledge, "knowledge", "", "add the symptoms of this `DIR`")
	_ = cmd.MarkFlagDirname("knowledge")
	return cmd
}

func (f *explainFlags) explain(ctx context.Context, names []string, stdin io.Reader) error {
	known, err := knowledge.LoadSymptoms(f.knowledge)
	if err != nil {
		return fmt.Errorf("--knowledge: %w", err)
	}
	certificates, err := f.certificates(ctx)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		names = []string{logs.Stdin}
		if file, ok := terminalOf(stdinWriter(stdin)); ok && file >= 0 {
			f.console.say("reading standard input: paste the lines, and end them with Ctrl-D")
		}
	}
	found, problems := readLogs(ctx, explain.NewReader(explain.NewVocabulary(known), runtime.GOMAXPROCS(0)), names, stdin)
	now, err := f.time()
	if err != nil {
		return err
	}
	var answer *explain.Answer
	if certificates == nil {
		answer = explain.Explain(found, known, nil, now)
	} else {
		answer = explain.Explain(found, known, certificates.Survey, now)
	}
	return f.answer(answer, problems, now)
}

// stdinWriter is standard input as terminalOf takes it.
func stdinWriter(stdin io.Reader) io.Writer {
	file, _ := stdin.(*os.File)
	if file == nil {
		return io.Discard
	}
	return file
}

// certificates is the survey; nil if there is none.
func (f *explainFlags) certificates(ctx context.Context) (*seen, error) {
	if f.blind {
		return nil, nil
	}
	s, err := f.load(ctx)
	if errors.Is(err, errNothingToLookAt) {
		f.console.say("no certificates are known here: explain says which kind of certificate to look for. With --report, a hub or on the VM itself it finds the certificate")
		return nil, nil
	}
	return s, err
}

// readLogs reads until the end, or until it is interrupted: then what was read counts.
func readLogs(ctx context.Context, r *explain.Reader, names []string, stdin io.Reader) (*explain.Sightings, []logs.Problem) {
	done := make(chan []logs.Problem, 1)
	go func() { done <- (&logs.Walker{Stdin: stdin, Read: r.Read}).Walk(ctx, names) }()
	select {
	case problems := <-done:
		return r.Sightings(), problems
	case <-ctx.Done(): // a read of a pipe cannot be interrupted, so it is not waited for
		return r.Sightings(), []logs.Problem{{Log: "the logs", Reason: "reading was interrupted"}}
	}
}

// answered is the answer as JSON.
type answered struct {
	*explain.Answer
	Problems []logs.Problem `json:"problems,omitempty"`
}

// answer writes the answer. The exit code is 1 if it has a case.
func (f *explainFlags) answer(a *explain.Answer, problems []logs.Problem, now time.Time) error {
	var err error
	if f.format == "json" {
		err = f.json(answered{a, problems})
	} else {
		err = f.write(func(w io.Writer, style terminal.Style) error { return explainPage(w, style, a, problems, now) })
	}
	switch {
	case err != nil:
		return err
	case len(a.Cases) > 0:
		return errFindings
	case len(problems) > 0:
		return errUnread
	}
	return nil
}

// errUnread says that nothing was found, and that not everything was read.
var errUnread = errors.New("nothing was found, but not everything could be read")
