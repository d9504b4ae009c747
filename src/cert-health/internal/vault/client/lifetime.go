package client

import (
	"time"
)

// lifetime is what is known about the lifetime of a token.
type lifetime struct {
	began     time.Time     // all times are by the clock of this machine
	granted   time.Duration // 0: the token does not end, or its end is unknown
	renewable bool

	issued  time.Time // zero if unknown
	last    time.Time // the end that a renewal cannot move; zero if unknown
	limited bool      // the number of uses is limited
}

// renewalDue tells whether two thirds of the lifetime are over.
func (l lifetime) renewalDue(now time.Time) bool {
	return l.granted > 0 && now.Sub(l.began) >= l.granted/3*2
}

func (l lifetime) ended(now time.Time) bool { return l.granted > 0 && !now.Before(l.end()) }

// end returns when the token ends unless it is renewed.
func (l lifetime) end() time.Time { return l.began.Add(l.granted) }
