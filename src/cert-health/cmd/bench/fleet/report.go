package fleet

import (
	"fmt"
	"strings"
	"time"
)

// report is the result of a simulation.
type report struct {
	options   Options
	published []published
	capacity  float64 // requests a second
	walk      int     // requests to read all secrets
	day       *phase
	phases    []*phase
	start     *phase // a phase, as are steady and busy
	steady    *phase
	busy      *phase
	fresh     *phase  // of VMs that started while Vault was busy
	extra     float64 // requests to a busy Vault, for each request to one that is not busy
	quota     tried
	took      time.Duration // of real time, for all phases
}

func (r *report) last() *phase { return r.phases[len(r.phases)-1] }

// usual returns the number of requests of a normal poll without a search.
func (r *report) usual() float64 {
	return own + float64(r.day.sent[token]+r.day.sent[system])/float64(pollsOfDay)
}

func (r *report) text() string {
	var t strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&t, format+"\n", values...) }
	line("%s VMs with %d certificates of a Vault of %s secrets, and %d that it does not know:", thousands(r.options.Agents), own, thousands(r.options.Secrets), strangers)
	line("")
	line("| simulated time | polls | requests | metadata | index | token, rights | a poll | a second | busiest second |")
	line("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, p := range r.phases {
		line("| %s | %s | %s | %s | %s | %s | %.1f | %.0f | %d |", p.name, thousands(p.polls), thousands(p.total()), thousands(p.sent[metadata]),
			thousands(p.sent[index]), thousands(p.sent[token]+p.sent[system]), p.each(), p.mean(), p.peak())
	}
	line("")
	line("| publisher | requests | a secret | written | time |")
	line("| --- | --- | --- | --- | --- |")
	for _, p := range r.published {
		line("| %s | %s | %.2f | %s secrets, %d of the index | %.1f s |", p.when, thousands(p.result.Requests),
			float64(p.result.Requests)/float64(r.options.Secrets), thousands(len(p.result.Changes)), p.result.IndexWrites, p.took.Seconds())
	}
	if r.quota.polls > 0 { // it was completed
		r.project(line)
		r.sentences(line)
	}
	return t.String()
}

// project returns the projected load of 10,000 VMs.
func (r *report) project(line func(string, ...any)) {
	scale := 10_000 / float64(r.options.Agents)
	day, full := r.day.total(), r.walk*pollsOfDay
	line("")
	line("| | measured: %s VMs | projected: 10,000 VMs |", thousands(r.options.Agents))
	line("| --- | --- | --- |")
	for _, row := range []struct {
		what string
		*phase
	}{{"steady", r.steady}, {"start of all at once", r.start}} {
		line("| %s, requests a second | %.0f | %s |", row.what, row.mean(), thousands(int(row.mean()*scale)))
		line("| … in its busiest second | %d | less than %s: more VMs are evener |", row.peak(), thousands(int(float64(row.peak())*scale)))
	}
	line("| a VM and day, %d polls | %s | the same; %s in all |", pollsOfDay, thousands(day), thousands(day*10_000))
	line("| a VM and day that walks over all | %s | the same; %.0f times as many |", thousands(full), float64(full)/float64(day))
	line("| quota on secret/ | %d a second, tried | `vault write sys/quotas/rate-limit/cert-health path=secret rate=%.0f` |", r.quota.rate, float64(r.quota.rate)*scale)
}

func (r *report) sentences(line func(string, ...any)) {
	all := 0
	for _, p := range r.phases {
		all += p.total()
	}
	line("")
	line("- Steady, a poll sends one metadata request for each of its VM's %d certificates in Vault, and never more: %s polls sent %d for anything else.",
		own, thousands(r.steady.polls), r.steady.total()-r.steady.sent[metadata])
	line("- A VM's day begins with a start: %s requests for metadata, %d for the index, %d for its token, %d for engine and rights.",
		thousands(r.day.sent[metadata]), r.day.sent[index], r.day.sent[token], r.day.sent[system])
	line("- An hour of 429 to every other request makes %.2f times the requests, retries included. Of the reads %.0f %% were put off to a later poll, and %d of %s polls got nothing. Of the VMs that started in it, %d of %s references were not told at once. None was wrong, and the first poll after it read everything.",
		r.extra, 100*float64(r.busy.unread)/float64(max(1, r.busy.polls*own)), r.busy.unavailable, thousands(r.busy.polls),
		r.fresh.delayed, thousands(r.fresh.polls*(own+strangers)))
	line("- The quota was tried with the busiest %.0f seconds of the start in real time: %d VMs, %s requests, %d of them refused; %d polls left something for the next one, and the slowest took %.1f s.",
		quotaFor.Seconds(), r.quota.vms, thousands(r.quota.total()), r.quota.refused, r.quota.again, r.quota.longest.Seconds())
	line("- No request went to the value of a secret; one that was tried was denied by the agents' policy.")
	line("- Requests are placed in time by an agent's own pace, %d at once and then %d a second. The waits after a refusal take no simulated time.", burst, rate)
	line("- Vault answered %s requests a second here when it had nothing else to do; the simulation sent %s in %.0f s.",
		thousands(int(r.capacity)), thousands(all), r.took.Seconds())
}

// thousands writes a number with commas.
func thousands(n int) string {
	digits := fmt.Sprint(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
