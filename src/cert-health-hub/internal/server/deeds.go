package server

import (
	"context"
	"errors"

	"cert-health/hub/internal/collect"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/web"
	"cert-health/internal/verdict"
)

// deeds are what people do on the pages. Each is an event.
type deeds struct{ *Server }

// Acknowledge implements web.Acks.
func (d deeds) Acknowledge(ctx context.Context, ack inventory.Ack) error {
	if err := d.db.Acknowledge(ctx, ack); err != nil {
		return err
	}
	return d.note(ctx, "acknowledge", ack.By, string(ack.Certificate), "acknowledged "+d.nameOf(ack.Certificate)+" until "+verdict.Stamp(ack.Until)+": "+ack.Reason)
}

// Unacknowledge implements web.Acks.
func (d deeds) Unacknowledge(ctx context.Context, certificate inventory.ID, by string) error {
	err := d.db.Unacknowledge(ctx, certificate)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return d.note(ctx, "unacknowledge", by, string(certificate), "ended the acknowledgement of "+d.nameOf(certificate))
}

// Refresh implements web.Refresher.
func (d deeds) Refresh(ctx context.Context, source, by string) error {
	again := func() error { return d.collector.Refresh(source) }
	if source == "" {
		again = d.collector.RefreshAll
	}
	err := again()
	switch {
	case errors.Is(err, collect.ErrFollows):
		return web.ErrElsewhere
	case err != nil:
		return err
	}
	return d.note(ctx, "refresh", by, source, "asked for a collection")
}

// Events implements web.Events.
func (d deeds) Events(ctx context.Context, before int64, limit int) ([]web.Event, error) {
	kept, err := d.db.Events(ctx, before, limit)
	events := make([]web.Event, len(kept))
	for i, e := range kept {
		events[i] = web.Event{ID: e.ID, At: e.At, Kind: e.Kind, Actor: e.Actor, Subject: e.Subject, Text: e.Text}
	}
	return events, err
}

func (d deeds) note(ctx context.Context, kind, actor, subject, text string) error {
	return d.db.AddEvent(ctx, db.Event{At: d.clock.Now(), Kind: kind, Actor: actor, Subject: subject, Text: text})
}

// nameOf is the certificate's name for people.
func (d deeds) nameOf(id inventory.ID) string {
	if e, known := d.collector.View().Certificate(id); known {
		return e.Name()
	}
	return string(id)
}
