package verdict

import (
	"fmt"
	"time"
)

// Credential is what the agent itself logs in with, when that ends.
type Credential struct {
	Name      string
	NotBefore time.Time // zero when nobody tells
	NotAfter  time.Time
	UsedUp    bool // no further log-in will do
	Remedy    string
}

// JudgeCredentials weighs the agent's own credentials by the same thresholds as
// certificates: without them nothing is compared any more.
func JudgeCredentials(credentials []Credential, policy *Policy, now time.Time) []Trouble {
	var troubles []Trouble
	for _, c := range credentials {
		if t, bad := c.judge(policy.Thresholds, now); bad {
			t.Next = c.Remedy
			troubles = append(troubles, t)
		}
	}
	return troubles
}

func (c Credential) judge(t Thresholds, now time.Time) (Trouble, bool) {
	if c.UsedUp {
		return Trouble{Code: ExpiringSoon, Severity: Error,
			Message: c.Name + " was used up by the last log-in: when its token ends, nothing can be compared"}, true
	}
	lifetime := time.Duration(1<<63 - 1)
	if !c.NotBefore.IsZero() {
		lifetime = c.NotAfter.Sub(c.NotBefore)
	}
	said := fmt.Sprintf("(%s)", Stamp(c.NotAfter))
	switch left := c.NotAfter.Sub(now); {
	case left < 0:
		return Trouble{Code: Expired, Severity: Error,
			Message: fmt.Sprintf("%s expired %s %s: nothing can be compared any more", c.Name, Relative(c.NotAfter, now), said)}, true
	case left < min(t.ExpiringSoon, lifetime/expiringSoonPart):
		return c.ending(ExpiringSoon, Error, now, said), true
	case left < min(t.Expiring, lifetime/expiringPart):
		return c.ending(Expiring, Warning, now, said), true
	}
	return Trouble{}, false
}

func (c Credential) ending(code Code, severity Severity, now time.Time, said string) Trouble {
	return Trouble{Code: code, Severity: severity,
		Message: fmt.Sprintf("%s expires %s %s: then nothing can be compared", c.Name, Relative(c.NotAfter, now), said)}
}
