package main

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"code.cloudfoundry.org/clock"
	boshlog "github.com/cloudfoundry/bosh-utils/logger"
	"github.com/spf13/cobra"

	"cert-health/internal/hm"
)

// hmPluginFlags are those of `cert-health hm-plugin`.
type hmPluginFlags struct {
	console console
	config  string
	check   bool
}

func newHMPlugin(c console) *cobra.Command {
	f := &hmPluginFlags{console: c}
	cmd := &cobra.Command{
		Use:   "hm-plugin",
		Short: "tell receivers what the Health Monitor hears of certificates",
		Long: `hm-plugin is run by the Health Monitor's json plugin and reads its events from standard
input. It gathers the alerts of all VMs into one incident per deployment and class, and
tells webhooks, Slack, Alertmanager and Prometheus of it.

It writes nothing to standard output and error: what it has to say is in its log. With
settings that cannot be used it logs why, and reads and discards its input.`,
		Example: `  cert-health hm-plugin --config /dev/fd/3 3< settings.json`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	cmd.Flags().StringVar(&f.config, "config", "", "settings `FILE`, JSON; its URLs are secrets")
	cmd.Flags().BoolVar(&f.check, "check", false, "check the settings and exit")
	_ = cmd.MarkFlagFilename("config", "json")
	return cmd
}

func (f *hmPluginFlags) run(cmd *cobra.Command) error {
	if f.config == "" {
		return errors.New("hm-plugin needs --config FILE")
	}
	settings, problem := hm.Load(f.config)
	if f.check {
		return problem
	}
	file, err := openLog(settings.Log)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := f.console.redirect(file); err != nil {
		return err
	}
	writer := hm.NewLog(file)
	defer writer.Close()
	log := pluginLog(settings.LogLevel, writer)
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if problem == nil {
		plugin, err := hm.New(settings, clock.NewClock(), log)
		if err == nil {
			return plugin.Run(ctx, interruptible(f.console.in))
		}
		problem = err
	}
	log.Error("plugin", "%s. Nobody is told anything until they are repaired and the Director is deployed", problem)
	return hm.Discard(ctx, interruptible(f.console.in))
}

// openLog opens the log for appending, as copytruncate of logrotate needs it. Without
// a log the plugin still works.
func openLog(name string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err == nil {
		if file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640); err == nil {
			return file, nil
		}
	}
	return os.OpenFile(os.DevNull, os.O_WRONLY, 0)
}

// redirect sends what anybody still prints to the log: the Health Monitor would keep
// it for ever. The runtime's last words in a crash are among it.
func (c console) redirect(file *os.File) error {
	for _, stream := range []io.Writer{c.out, c.err} {
		if standard, ok := stream.(*os.File); ok && (standard == os.Stdout || standard == os.Stderr) {
			if err := syscall.Dup3(int(file.Fd()), int(standard.Fd()), 0); err != nil {
				return err
			}
		}
	}
	return nil
}

func pluginLog(level string, to io.Writer) boshlog.Logger {
	known, err := boshlog.Levelify(level)
	if err != nil {
		known = boshlog.LevelInfo // the settings' own problem says so
	}
	log := boshlog.NewWriterLogger(known, to)
	log.UseRFC3339Timestamps()
	return log
}

// interruptible makes standard input a file whose Close ends a Read, which takes a
// descriptor that does not block. The other end of the pipe is not concerned.
func interruptible(in io.Reader) io.ReadCloser {
	if in != io.Reader(os.Stdin) || syscall.SetNonblock(syscall.Stdin, true) != nil {
		return io.NopCloser(in)
	}
	return os.NewFile(uintptr(syscall.Stdin), "standard input")
}
