package server

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/remind"
	"cert-health/hub/internal/settings"
	"cert-health/internal/verdict"
)

// selectEntries are the certificates of a filter, what is wrong on VMs, and the sources and VMs that the
// hub cannot see, without what is acknowledged. An empty filter selects all that need action.
func (s *Server) selectEntries(filter string, now time.Time) ([]remind.Entry, error) {
	view := s.loadedView()
	if view == nil {
		return nil, errors.New("the certificates are not read from the database yet")
	}
	if now.Sub(view.Now()) > freshView {
		view = view.At(now)
	}
	machines := s.loadedFleet()
	if machines == nil {
		return nil, errors.New("the reports of the agents are not read from the database yet")
	}
	query, err := settings.Filter(filter)
	if err != nil {
		return nil, err
	}
	least := verdict.Warning
	if filter != "" {
		least = verdict.OK
	}
	return s.withFleet(s.entriesOf(view, query, least), machines, view, query), nil
}

// freshView is how old a view may be by which notifications are sent. The collector judges each minute;
// to judge thousands of certificates once more for each rule takes seconds.
const freshView = 2 * time.Minute

// entriesOf are the certificates of a query that are at least so grave, and the sources that the hub
// cannot see.
func (s *Server) entriesOf(view *catalog.View, query catalog.Query, least verdict.Severity) (entries []remind.Entry) {
	for _, e := range view.All(query) {
		if e.Acknowledged == nil && e.Severity >= least {
			entries = append(entries, s.entry(e))
		}
	}
	return append(entries, s.unseen(view, query)...)
}

func (s *Server) entry(e *catalog.Entry) remind.Entry {
	entry := remind.Entry{
		Key: string(e.ID), Name: e.Name(), State: string(e.State), Severity: e.Severity,
		NotBefore: e.NotBefore, NotAfter: e.NotAfter, URL: s.page("/certificates/" + string(e.ID)),
	}
	for _, p := range e.InUse() {
		entry.Places = append(entry.Places, strings.TrimSpace(p.Source+" "+p.Path+" "+p.Place))
	}
	if len(e.Findings) > 0 {
		entry.Message, entry.Steps = e.Findings[0].Message, e.Findings[0].Steps
	}
	return entry
}

// unseen are the sources of a query that cannot be seen, as a whole or in part. A query that selects
// certificates by their own properties has none.
func (s *Server) unseen(view *catalog.View, query catalog.Query) (entries []remind.Entry) {
	sources := catalog.Query{Sources: query.Sources, Types: query.Types}
	if query.WithStates().Values().Encode() != sources.Values().Encode() || len(query.States) > 0 {
		return nil
	}
	for _, source := range view.Sources() {
		severity := severityOf(source)
		if severity == verdict.OK || !selects(query, source) {
			continue
		}
		entries = append(entries, remind.Entry{
			Key: "source " + source.Name, Name: "source " + source.Name, State: string(source.State), Severity: severity,
			Message: source.Reason, URL: s.page("/sources"),
		})
	}
	return entries
}

func selects(query catalog.Query, source catalog.SourceView) bool {
	return (len(query.Sources) == 0 || slices.Contains(query.Sources, source.Name)) &&
		(len(query.Types) == 0 || slices.Contains(query.Types, source.Type))
}

// severityOf is how grave the state of a source is: nothing may expire unseen.
func severityOf(source catalog.SourceView) verdict.Severity {
	switch {
	case source.State == catalog.SourceStale, source.State == catalog.SourceNever && source.Error != "":
		return verdict.Error
	case source.State == catalog.SourceFailing, source.State == catalog.SourcePartial:
		return verdict.Warning
	}
	return verdict.OK
}

// notices keeps the state of each rule in the database.
type notices struct{ db *db.DB }

// stateKey is the key of the one notice of a rule.
const stateKey = "state"

// LoadNotices implements remind.Store.
func (n notices) LoadNotices(ctx context.Context, rule string) ([]byte, error) {
	kept, err := n.db.Notices(ctx, rule)
	if err != nil {
		return nil, err
	}
	for _, notice := range kept {
		if notice.Key == stateKey {
			return notice.State, nil
		}
	}
	return nil, nil
}

// SaveNotices implements remind.Store.
func (n notices) SaveNotices(ctx context.Context, rule string, state []byte) error {
	return n.db.SaveNotices(ctx, rule, []db.Notice{{Key: stateKey, State: json.RawMessage(state), At: time.Now()}})
}

// DryRun returns what a rule would send if it looked now, by what the database knows. It asks no
// source and sends nothing.
func (s *Server) DryRun(ctx context.Context, rule string) (string, error) {
	if err := s.collector.Load(ctx); err != nil {
		return "", err
	}
	if err := s.fleet.Load(ctx); err != nil {
		return "", err
	}
	return s.reminder.DryRun(ctx, rule)
}
