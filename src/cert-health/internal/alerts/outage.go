package alerts

import "cert-health/internal/notify"

// outage logs when writing a file begins to fail and when it works again, and nothing in between.
type outage struct {
	log     notify.Logger
	tag     string
	begins  string // with %s for the error
	ends    string
	failing bool
}

// note notes the outcome of one attempt.
func (o *outage) note(err error) {
	switch {
	case err != nil && !o.failing:
		o.log.Error(o.tag, o.begins, err)
	case err == nil && o.failing:
		o.log.Info(o.tag, o.ends)
	}
	o.failing = err != nil
}
