package client

import (
	"time"
)

// lifetime is what is known of how long a token lives.
type lifetime struct {
	began     time.Time     // by our clock, as all of it
	granted   time.Duration // 0: it does not end, or nobody told
	renewable bool

	issued  time.Time // zero when nobody told
	last    time.Time // the end that no renewal moves; zero when that is not known
	limited bool      // the number of its uses is
}

// renewalDue tells whether two thirds of it are over.
func (l lifetime) renewalDue(now time.Time) bool {
	return l.granted > 0 && now.Sub(l.began) >= l.granted/3*2
}

func (l lifetime) ended(now time.Time) bool { return l.granted > 0 && !now.Before(l.end()) }

// end is when the token ends unless it is renewed.
func (l lifetime) end() time.Time { return l.began.Add(l.granted) }
