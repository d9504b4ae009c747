package remind

import (
	"fmt"
	"time"

	ics "github.com/arran4/golang-ical"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// Calendar writes the ends of certificates as a calendar in the form of RFC 5545, for programs that
// subscribe to a URL. Each certificate is an event of its last day, with an alarm a week before.
func Calendar(entries []Entry, now time.Time) []byte {
	calendar := ics.NewCalendarFor("cert-health")
	calendar.SetName("Certificates")
	for _, e := range entries {
		if !e.NotAfter.IsZero() && !verdict.Endless(e.NotAfter) {
			addEvent(calendar, e, now)
		}
	}
	return []byte(calendar.Serialize(ics.WithNewLineWindows))
}

func addEvent(calendar *ics.Calendar, e Entry, now time.Time) {
	name := report.Printable(e.Name)
	event := calendar.AddEvent(e.Key + "@cert-health")
	event.SetDtStampTime(now)
	event.SetAllDayStartAt(e.NotAfter.UTC())
	event.SetSummary(name + " expires")
	text := fmt.Sprintf("Valid until %s.", verdict.Stamp(e.NotAfter))
	for _, place := range e.Places[:min(len(e.Places), maxPlaces)] {
		text += "\n" + report.Printable(place)
	}
	event.SetDescription(text)
	event.SetTimeTransparency(ics.TransparencyTransparent)
	alarm := event.AddAlarm()
	alarm.SetAction(ics.ActionDisplay)
	alarm.SetDescription(name + " expires in a week")
	alarm.SetTrigger("-P7D")
}
