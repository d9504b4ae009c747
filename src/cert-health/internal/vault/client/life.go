package client

import (
	"time"
)

// life is what is known of how long a token lives.
type life struct {
	began     time.Time     // by our clock, as all of it
	granted   time.Duration // 0: it does not end, or nobody told
	renewable bool

	issued  time.Time // zero when nobody told
	last    time.Time // the end that no renewal moves; zero when that is not known
	limited bool      // the number of its uses is
}

// due tells whether two thirds of it are over.
func (l life) due(now time.Time) bool {
	return l.granted > 0 && now.Sub(l.began) >= l.granted/3*2
}

func (l life) over(now time.Time) bool { return l.granted > 0 && !now.Before(l.end()) }

// end is when the token ends unless it is renewed.
func (l life) end() time.Time { return l.began.Add(l.granted) }
