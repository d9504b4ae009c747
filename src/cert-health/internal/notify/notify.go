// Package notify sends notices to receivers: Slack, Alertmanager and webhooks. Each receiver
// has its own queue and goroutine, so that a receiver that does not answer delays no other.
//
// It knows what a notice contains, and not who makes it. To add a kind of receiver, add a
// file with its settings and a row to the table in receivers.go.
package notify

import "time"

// Delivery is how notices are delivered to each receiver.
type Delivery struct {
	Timeout time.Duration `yaml:"timeout"` // of one attempt
	Queue   int           `yaml:"queue"`   // number of notices that may wait for one receiver
	// GiveUpAfter is how long one notice is tried, while others wait behind it.
	GiveUpAfter time.Duration `yaml:"give_up_after"`
}

// Stats are what a receiver has done so far.
type Stats struct {
	Name      string
	Delivered uint64
	Dropped   uint64
	Queued    int
}

// Logger takes messages for operators. It is a part of the logger of bosh-utils.
type Logger interface {
	Info(tag, message string, values ...any)
	Warn(tag, message string, values ...any)
	Error(tag, message string, values ...any)
}
