package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// hub is the program in a process of its own.
type hub struct {
	program, settings, log string
	url, agents            string
	client                 *http.Client
	process                *exec.Cmd
}

func newHub(program, dir string, store database, keys *keys) (*hub, error) {
	pages, err := free()
	if err != nil {
		return nil, err
	}
	agents, err := free()
	if err != nil {
		return nil, err
	}
	h := &hub{program: program, url: "https://" + pages, agents: agents, settings: filepath.Join(dir, "hub.yml"), log: filepath.Join(dir, store.kind+".log"),
		client: &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: keys.pool}}}}
	document, err := json.Marshal(map[string]any{
		"listen":   map[string]any{"address": pages, "certificate": keys.certificate, "private_key": keys.key},
		"agents":   map[string]any{"address": agents, "certificate": keys.certificate, "private_key": keys.key, "client_ca": keys.ca},
		"database": map[string]any{"url": store.url}, "login": map[string]any{"none": true, "local": false},
	})
	if err != nil {
		return nil, err
	}
	return h, os.WriteFile(h.settings, document, 0o600)
}

// start starts the hub, and returns how long it took until it was ready.
func (h *hub) start(ctx context.Context) (time.Duration, error) {
	log, err := os.OpenFile(h.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	h.process = exec.Command(h.program, "serve", "--config", h.settings)
	h.process.Stdout, h.process.Stderr, h.process.SysProcAttr = log, log, &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := time.Now()
	if err := h.process.Start(); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*patience)
	defer cancel()
	for {
		status, _, err := h.get(ctx, "/readyz")
		if err == nil && status == http.StatusOK {
			return time.Since(started), nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			said, _ := os.ReadFile(h.log)
			return 0, fmt.Errorf("the hub is not ready: %w: %s", errors.Join(err, ctx.Err()), said[max(0, len(said)-2000):])
		}
	}
}

func (h *hub) meter() meter { return meter{h.process.Process.Pid} }

// end ends the hub as BOSH does.
func (h *hub) end() error {
	if err := h.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return h.process.Wait()
}

// kill ends the hub as a crash does.
func (h *hub) kill() {
	if h.process != nil && h.process.Process != nil {
		_ = h.process.Process.Kill()
		_ = h.process.Wait()
	}
}

// get reads a page to its last byte.
func (h *hub) get(ctx context.Context, path string) (status int, size int64, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+path, nil)
	if err != nil {
		return 0, 0, err
	}
	response, err := h.client.Do(request)
	if err != nil {
		return 0, 0, err
	}
	defer response.Body.Close()
	size, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, size, err
}
