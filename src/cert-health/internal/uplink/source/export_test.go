package source

import (
	"context"
	"time"

	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/uplink"
	vault "cert-health/internal/vault/source"
	"cert-health/internal/verdict"
)

// Asker is a hub for specs.
type Asker func(ctx context.Context, r uplink.ReferencesRequest) (*uplink.ReferencesAnswer, error)

// References implements asker.
func (a Asker) References(ctx context.Context, r uplink.ReferencesRequest) (*uplink.ReferencesAnswer, error) {
	return a(ctx, r)
}

// NewStore is the store of a VM that asks a hub, and what it tells the verdict. It pauses for a millisecond.
func NewStore(hub Asker, vm report.Instance, paths ...string) (reference.Store, verdict.Source, func(*reference.Knowledge)) {
	w := &words{vault: vault.Remedies{}}
	s := newStore(hub, vm, paths, w)
	s.pause = time.Millisecond
	return s, w, w.recall
}
