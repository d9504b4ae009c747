package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/hubclient"
)

// await waits until something of the hub is done.
func (a *act) await(ctx context.Context, otherwise string, done func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if done(ctx) {
			return nil
		}
		select {
		case <-a.hubEnded:
			return a.failure("the hub has ended")
		case <-ctx.Done():
			return a.failure(otherwise)
		case <-tick.C:
		}
	}
}

// failure is an error with the end of the hub's log.
func (a *act) failure(what string) error {
	log, _ := os.ReadFile(filepath.Join(a.dir, "hub.log"))
	return fmt.Errorf("%s; its log ends with: %s", what, log[max(0, len(log)-2000):])
}

// asked tells whether each source was asked.
func (a *act) asked(ctx context.Context) bool {
	var list struct {
		Sources []struct {
			LastAttempt time.Time `json:"last_attempt"`
		} `json:"sources"`
	}
	if !a.get(ctx, "/v1/sources", &list) {
		return false
	}
	for _, s := range list.Sources {
		if s.LastAttempt.IsZero() {
			return false
		}
	}
	return len(list.Sources) > 0
}

// reported tells whether each agent has reported.
func (a *act) reported(ctx context.Context) bool {
	var fleet hubclient.Fleet
	return a.get(ctx, "/v1/fleet", &fleet) && fleet.Standings[string(inventory.Reports)] == a.places.Reporting
}

// get reads an answer of the hub's API.
func (a *act) get(ctx context.Context, path string, into any) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+path, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK && json.NewDecoder(response.Body).Decode(into) == nil
}
