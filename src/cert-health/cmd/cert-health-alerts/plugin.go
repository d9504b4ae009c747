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

// watch runs the plugin. Once the log is open, a problem of the settings does not end it,
// because the Health Monitor would start it again every second.
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
	log.Error("plugin", "%s. Alerts are disabled until these settings are fixed and the Director is deployed", problem)
	return alerts.Discard(ctx, interruptible(c.in))
}

// openLog opens the log for appending, because logrotate truncates it. If that fails, the
// plugin works without a log.
func openLog(name string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err == nil {
		if file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640); err == nil {
			return file, nil
		}
	}
	return os.OpenFile(os.DevNull, os.O_WRONLY, 0)
}

// redirect sends everything that is written to the standard streams to the log, such as a
// panic. The Health Monitor would keep it in memory.
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
		known = boshlog.LevelInfo // validation reports the level
	}
	log := boshlog.NewWriterLogger(known, to)
	log.UseRFC3339Timestamps()
	return log
}

// interruptible makes standard input a file whose Close ends a blocked Read. That needs a
// descriptor in non-blocking mode. The other end of the pipe does not change.
func interruptible(in io.Reader) io.ReadCloser {
	if in != io.Reader(os.Stdin) || syscall.SetNonblock(syscall.Stdin, true) != nil {
		return io.NopCloser(in)
	}
	return os.NewFile(uintptr(syscall.Stdin), "standard input")
}
