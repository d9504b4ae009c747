package director

import (
	"context"
	"encoding/json"
	"net/url"
	"path"
	"strconv"
	"time"

	"cert-health/hub/internal/source/remote"
)

// begin sends a request that the Director answers with a task, and returns the number of the task.
func (n *session) begin(path string) (task int, err error) {
	location, err := n.remote.Location(n.client, n.base+path)
	if err != nil {
		return 0, n.explain(err)
	}
	task, known := taskOf(location)
	if !known {
		return 0, remote.NewFault(remote.Malformed, "the server at the address of this source begins no task, as a Director does: correct address")
	}
	return task, nil
}

// taskOf is the number in "https://HOST/tasks/NUMBER". The host may be one behind a proxy: it is not asked.
func taskOf(location string) (task int, known bool) {
	parsed, err := url.Parse(location)
	if err != nil || path.Base(path.Dir(parsed.Path)) != "tasks" {
		return 0, false
	}
	task, err = strconv.Atoi(path.Base(parsed.Path))
	return task, err == nil && task > 0
}

// The pauses between two looks at a task.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 2 * time.Second
)

// result waits until a task is done, and reads the states that it has found.
func (n *session) result(ctx context.Context, task int) (map[string]state, error) {
	address := "/tasks/" + strconv.Itoa(task)
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		var now struct {
			State string `json:"state"`
		}
		if err := n.get(address, &now); err != nil {
			return nil, err
		}
		switch now.State {
		case "done":
			return n.states(address)
		case "queued", "processing":
		default:
			return nil, remote.NewFault(remote.Busy, "the Director did not complete a task: look at bosh tasks --recent")
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-timer.C:
		}
	}
}

// states reads the output of a task, by group and ID. A line that cannot be understood is left out.
func (n *session) states(address string) (map[string]state, error) {
	states := map[string]state{}
	err := n.remote.Lines(n.client, n.base+address+"/output?type=result", func(line []byte) {
		var s state
		if json.Unmarshal(line, &s) == nil && len(states) < remote.MaxItems {
			states[remote.Printable(s.Group)+"/"+remote.Printable(s.ID)] = s
		}
	})
	if err != nil {
		return nil, n.explain(err)
	}
	return states, nil
}
