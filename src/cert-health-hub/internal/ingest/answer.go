package ingest

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"cert-health/internal/uplink"
)

// The pauses that agents are asked for. Each is prolonged by up to as much again, so that agents which
// failed together do not come back together.
const (
	startPause = 5 * time.Second
	busyPause  = 5 * time.Second
	faultPause = 15 * time.Second
)

// answer is what an agent gets.
type answer struct {
	status   int
	sentence string        // of all but a success
	pause    time.Duration // before the agent may try again; 0 leaves it to the agent
	body     any           // JSON
	written  func()        // is called when the agent has the answer, or takes it no more; may be nil
}

// done is the answer without a body.
func done() answer { return answer{status: http.StatusNoContent} }

// refuse is an answer with the reason.
func refuse(status int, sentence string) answer { return answer{status: status, sentence: sentence} }

// later asks the agent to send the same again after a pause.
func later(status int, sentence string, pause time.Duration) answer {
	return answer{status: status, sentence: sentence, pause: pause}
}

func (a answer) write(w http.ResponseWriter) {
	if a.written != nil {
		defer a.written()
	}
	if a.status == http.StatusNoContent {
		w.WriteHeader(a.status)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	if a.pause > 0 {
		pause := a.pause + rand.N(a.pause)
		header.Set("Retry-After", strconv.Itoa(int(pause.Round(time.Second).Seconds())))
	}
	if a.status == http.StatusMethodNotAllowed {
		header.Set("Allow", http.MethodPost)
	}
	body := a.body
	if body == nil {
		body = uplink.Refusal{Error: a.sentence}
	}
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(body) // an error is that of the agent's connection
}
