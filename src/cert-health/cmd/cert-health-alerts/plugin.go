package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"code.cloudfoundry.org/clock"
	boshlog "github.com/cloudfoundry/bosh-utils/logger"

	"cert-health/internal/alerts"
)

// watch runs the plugin with its settings. Once the log is open, no problem of theirs ends
// it: the Health Monitor would start it again every second.
func watch(ctx context.Context, c console, settings alerts.Settings, problem error) error {
	file, err := openLog(settings.Log)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := c.redirect(file); err != nil {
		return err
	}
	writer := alerts.NewLog(file)
	defer writer.Close()
	log := pluginLog(settings.LogLevel, writer)
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if problem == nil {
		plugin, err := alerts.New(settings, clock.NewClock(), log)
		if err == nil {
			return plugin.Run(ctx, interruptible(c.in))
		}
		problem = err
	}
	log.Error("plugin", "%s. Nobody is told anything until they are repaired and the Director is deployed", problem)
	return alerts.Discard(ctx, interruptible(c.in))
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
