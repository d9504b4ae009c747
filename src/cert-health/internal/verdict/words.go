package verdict

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"cert-health/internal/cert"
)

func itoa(n int) string { return strconv.Itoa(n) }

// message is the finding's sentence.
func (j *judge) message(s subject, code Code) string {
	switch code {
	case Expired:
		return fmt.Sprintf("expired %s; %s", j.when(s.NotAfter), s.consequence())
	case NotYetValid:
		return fmt.Sprintf("becomes valid %s; until then %s", j.when(s.NotBefore), s.consequence())
	case ExpiringSoon, Expiring:
		return fmt.Sprintf("expires %s; then %s", j.when(s.NotAfter), s.consequence())
	case Stale:
		return j.staleMessage(s)
	case Unexpected:
		return fmt.Sprintf("Vault has never held this one: %s holds another certificate of the same identity%s",
			s.reference.FullPath(), version(" (version %d)", s.reference.CurrentVersion))
	case KeyMismatch:
		return s.mismatchMessage()
	case Untrusted:
		return j.untrustedMessage(s.fault)
	case NotLoaded:
		return j.notLoadedMessage(s)
	case ReferenceUnavailable:
		return j.unavailableMessage(s)
	case Weak:
		return j.weakMessage(s)
	}
	return string(code)
}

// consequence says who suffers when the certificate is not valid.
func (s subject) consequence() string {
	own := s.ownConsequence()
	switch {
	case own != "":
		return own
	case s.CA:
		return "everything that it signed is refused"
	case s.ServerAuth() && s.ClientAuth():
		return "its peers refuse it"
	case s.ServerAuth():
		return "clients refuse to connect to the server that shows it"
	case s.ClientAuth():
		return "servers refuse the client that shows it"
	}
	return "whoever checks it refuses it"
}

// when says a moment relative to now and absolute, in UTC.
func (j *judge) when(t time.Time) string {
	return fmt.Sprintf("%s (%s)", Relative(t, j.facts.Now), Stamp(t))
}

// Stamp writes a moment for people, to the minute, in UTC.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// Relative says how far t is from now: "3 hours ago", "in 5 days".
func Relative(t, now time.Time) string {
	if t.After(now) {
		return "in " + span(t.Sub(now))
	}
	return span(now.Sub(t)) + " ago"
}

// span rounds a duration down to the unit that people would use.
func span(d time.Duration) string {
	switch {
	case d >= 2*365*day:
		return plural(int(d/(365*day)), "year")
	case d >= 2*day:
		return plural(int(d/day), "day")
	case d >= 2*time.Hour:
		return plural(int(d/time.Hour), "hour")
	case d >= 2*time.Minute:
		return plural(int(d/time.Minute), "minute")
	}
	return plural(int(d/time.Second), "second")
}

func plural(n int, unit string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(unit, "s"):
		unit += "es"
	default:
		unit += "s"
	}
	return itoa(n) + " " + unit
}

// version formats a version number where there is one.
func version(format string, number int) string {
	if number == 0 {
		return ""
	}
	return fmt.Sprintf(format, number)
}

func partly(places, all int) string {
	return fmt.Sprintf(" (at %d of its %d places)", places, all)
}

// next is the step that puts things right, as far as anybody can tell from here.
func (j *judge) next(s subject, code Code) string {
	switch code {
	case NotYetValid:
		return "compare the VM's clock with `date -u`; if it is right, wait, or reissue the certificate"
	case Stale:
		return j.staleNext(s)
	case ReferenceUnavailable:
		return j.unavailableNext(s)
	case Unexpected:
		return fmt.Sprintf("if it was put there by hand: %s; if it is the one you want: write it to %s",
			j.recreate(), s.reference.FullPath())
	case KeyMismatch:
		return j.rekey(s)
	case Untrusted:
		return j.mend(s)
	case NotLoaded:
		return j.load(s)
	case Weak:
		return j.weakNext(s)
	}
	// What is left concerns the end of its life.
	if s.reference != nil && s.reference.State == cert.Stale && !j.heldExpired(s.reference) {
		return j.deploy()
	}
	return j.renew(s)
}

// heldExpired tells whether what the store holds is of no use either.
func (j *judge) heldExpired(r *cert.Reference) bool {
	return r.Current != nil && r.Current.NotAfter.Before(j.facts.Now)
}

// renew says how to get a successor and bring it here.
func (j *judge) renew(s subject) string {
	own := j.renewOwn(s)
	switch {
	case own != "":
		return own
	case s.reference == nil:
		return fmt.Sprintf("renew it where its issuer keeps it (%s), then %s", issuer(s), j.deploy())
	case s.reference.State == cert.Ambiguous:
		return fmt.Sprintf("renew the right one of %s, then %s", list(s.reference.Candidates), j.deploy())
	case s.reference.State == cert.Deleted:
		return fmt.Sprintf("write a new one to %s, then %s", s.reference.FullPath(), j.deploy())
	case s.reference.Path == "":
		return fmt.Sprintf("Vault does not have it: renew it where it was issued (%s), then %s", issuer(s), j.deploy())
	case s.reference.Key == "certificate":
		return fmt.Sprintf("safe x509 renew %s, then %s", s.reference.FullPath(), j.deploy())
	}
	return fmt.Sprintf("renew the key %q of %s, then %s", s.reference.Key, s.reference.FullPath(), j.deploy())
}

func (j *judge) reissue(s subject) string {
	if s.reference != nil && s.reference.Key == "certificate" {
		return fmt.Sprintf("safe x509 reissue %s, then %s", s.reference.FullPath(), j.deploy())
	}
	return fmt.Sprintf("at its issuer (%s), then %s", issuer(s), j.deploy())
}

func issuer(s subject) string {
	if s.SelfIssued {
		return "it signed itself"
	}
	return "by " + s.Issuer
}

func (j *judge) deploy() string { return j.bosh("deploy") }

func (j *judge) recreate() string { return j.instance("recreate") }

func (j *judge) restart() string { return j.instance("restart") }

// instance is a command about this VM.
func (j *judge) instance(command string) string {
	return j.bosh(strings.TrimRight(command+" "+j.facts.Instance, " "))
}

func (j *judge) bosh(command string) string {
	if j.facts.Deployment == "" {
		return "bosh " + command
	}
	return "bosh -d " + j.facts.Deployment + " " + command
}

// list names things, up to three of them.
func list(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	shown := names[:min(len(names), 3)]
	text := ""
	for i, name := range shown {
		switch {
		case i == 0:
		case i == len(shown)-1 && len(shown) == len(names):
			text += " and "
		default:
			text += ", "
		}
		text += name
	}
	if more := len(names) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
