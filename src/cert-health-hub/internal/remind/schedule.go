package remind

import (
	"fmt"
	"strings"
	"time"

	"github.com/adhocore/gronx"
)

// schedule is when a rule looks.
type schedule struct {
	cron string // empty if there is none
	zone *time.Location
}

// times reads the schedule. Its error begins with the key of the setting.
func (r *Rule) times() (schedule, error) {
	zone, err := time.LoadLocation(r.TimeZone)
	if err != nil {
		return schedule{}, fmt.Errorf("time_zone: %q is not a time zone; write a name such as Europe/Berlin", r.TimeZone)
	}
	if r.Schedule != "" && (len(strings.Fields(r.Schedule)) != 5 || !gronx.IsValid(r.Schedule)) {
		return schedule{}, fmt.Errorf("schedule: %q is not valid; write five fields of cron, such as 0 9 * * 1-5", r.Schedule)
	}
	return schedule{r.Schedule, zone}, nil
}

// missed tells whether a time of the schedule has come since a time. A schedule that is missed more
// than once while the program does not run counts once.
func (c schedule) missed(since, now time.Time) bool {
	if c.cron == "" {
		return false
	}
	next, err := gronx.NextTickAfter(c.cron, since.In(c.zone), false)
	return err == nil && !next.After(now)
}
