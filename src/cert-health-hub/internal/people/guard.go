package people

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The limits of failed attempts. An address may be a proxy with many people behind it.
const (
	failuresOfUser    = 5
	failuresOfAddress = 30
	refillOfUser      = 10 * time.Second
	refillOfAddress   = 2 * time.Second
	// maxKeys bounds the users and the addresses that are remembered, some 200 bytes each.
	maxKeys = 10_000
	// atOnce bounds the passwords that are checked at the same time: each costs a quarter of a second of
	// a core, on purpose.
	atOnce = 2
)

// guard limits attempts to log in.
type guard struct {
	users, addresses, devices *limits
	busy                      chan struct{}
}

func newGuard(now func() time.Time) *guard {
	return &guard{
		users:     newLimits(now, refillOfUser, failuresOfUser),
		addresses: newLimits(now, refillOfAddress, failuresOfAddress),
		devices:   newLimits(now, refillOfUser, failuresOfAddress),
		busy:      make(chan struct{}, atOnce),
	}
}

// attempt runs a check of a user's password if neither the user nor the address has failed too often.
func (g *guard) attempt(ctx context.Context, user, address string, check func() error) error {
	address = network(address)
	refused := func() error {
		if after := max(g.users.wait(user), g.addresses.wait(address)); after > 0 {
			return &WaitError{after}
		}
		return nil
	}
	if err := refused(); err != nil { // those who have to wait keep others waiting no longer
		return err
	}
	select {
	case g.busy <- struct{}{}:
		defer func() { <-g.busy }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := refused(); err != nil { // another attempt may have failed meanwhile
		return err
	}
	err := check()
	if err == ErrRefused {
		g.users.count(user)
		g.addresses.count(address)
	}
	return err
}

// network is the address itself, or the network of one person for IPv6.
func network(address string) string {
	parsed, err := netip.ParseAddr(address)
	if err != nil || parsed.Unmap().Is4() {
		return address
	}
	prefix, err := parsed.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

// limits is a limiter for each of many keys.
type limits struct {
	now    func() time.Time
	refill time.Duration
	burst  int

	mu   sync.Mutex
	keys map[string]*rate.Limiter
	// others is for keys that are new while the map is full of those that fail now.
	others *rate.Limiter
}

func newLimits(now func() time.Time, refill time.Duration, burst int) *limits {
	return &limits{now: now, refill: refill, burst: burst, keys: map[string]*rate.Limiter{}, others: rate.NewLimiter(rate.Every(refill), burst)}
}

// wait is how long a key has to wait; 0 if it need not.
func (l *limits) wait(key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter, known := l.keys[key]
	if !known && len(l.keys) < maxKeys {
		return 0
	}
	if !known {
		limiter = l.others
	}
	missing := 1 - limiter.TokensAt(l.now())
	return max(0, time.Duration(missing*float64(l.refill)))
}

// count counts a failed attempt.
func (l *limits) count(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	limiter, known := l.keys[key]
	if !known {
		l.forget(now)
		if limiter = l.others; len(l.keys) < maxKeys {
			limiter = rate.NewLimiter(rate.Every(l.refill), l.burst)
			l.keys[key] = limiter
		}
	}
	limiter.AllowN(now, 1)
}

// forget removes the keys that have waited long enough, if there are many.
func (l *limits) forget(now time.Time) {
	if len(l.keys) < maxKeys {
		return
	}
	for key, limiter := range l.keys {
		if limiter.TokensAt(now) >= float64(l.burst) {
			delete(l.keys, key)
		}
	}
}
