// Package sample makes contents of the hub in memory, for tests of the catalog, the API and the pages.
// They have each state of a certificate, each type of source, and names that attackers choose.
package sample

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

const day = 24 * time.Hour

// Now is a moment for tests.
func Now() time.Time { return time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC) }

// View is a view of n certificates at Now, by the documented defaults.
func View(n int) *catalog.View { return catalog.New(Contents(n), catalog.DefaultPolicy(), Now()) }

// Hostile are names that do harm where they are not escaped: markup, formulas of spreadsheets, control
// characters, characters that change the direction of reading, and long ones.
func Hostile() []string {
	long := make([]byte, 300)
	for i := range long {
		long[i] = 'w'
	}
	return []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `=HYPERLINK("https://evil.example","click")`, `+1+1`, `-2+3`, `@SUM(1)`,
		"\tTAB", "line\nbreak\r", "\x1b[31mred\x1b[0m", "gnp.\u202efdp", "ünïcödé-✓", "javascript:alert(1)", "{{.Secret}}", "a,b;c|d'e\"f", string(long),
	}
}

// Contents are n certificates in the sources, as of Now. The first twelve have each state once; of
// the others, most are well.
func Contents(n int) inventory.Contents {
	ca := authority()
	b := &builder{leaf: scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca}).Noun(), ca: ca.Noun()}
	b.contents.Sources = sources()
	for i := range n {
		b.add(i)
	}
	return b.contents
}

// builder collects the contents.
type builder struct {
	contents inventory.Contents
	leaf, ca *cert.Certificate
}

func sources() []inventory.Health {
	good := func(name, kind string) inventory.Health {
		return inventory.Health{Name: name, Type: kind, Interval: time.Hour, LastAttempt: Now().Add(-time.Minute),
			LastSuccess: Now().Add(-time.Minute), NextAttempt: Now().Add(time.Hour), Items: 1, Requests: 10, Took: time.Second}
	}
	failing, stale := good("opsman", "opsman"), good("old-vault", "vault")
	failing.Error, failing.Failures = "Ops Manager at https://opsman.example.com does not answer: check its address and the firewall", 2
	stale.LastSuccess, stale.Failures = Now().Add(-3*day), 70
	stale.Error = "Vault at https://old-vault.example.com is sealed: unseal it"
	partial := good("credhub", "credhub")
	partial.Unseen = []inventory.Unseen{{Path: "/secret/", Reason: "CredHub does not show /secret/: grant read there"}}
	partial.Credentials = []cert.Credential{{Name: "the client secret", NotBefore: Now().Add(-300 * day), NotAfter: Now().Add(5 * day), Remedy: "make a new client secret in UAA"}}
	never := inventory.Health{Name: "never", Type: "director", Interval: time.Hour}
	return []inventory.Health{good("vault", "vault"), partial, failing, good("director", "director"), good("sites", "tls"), stale, never}
}

// add adds certificate number i.
func (b *builder) add(i int) {
	c := b.certificate(i)
	b.contents.Certificates = append(b.contents.Certificates, c)
	place := places()[i%len(places())]
	state := inventory.Current
	if kindOf(i) == catalog.History {
		state = inventory.Previous
	}
	item := inventory.Stored{
		Source: place.source, FirstSeen: Now().Add(-100 * day), LastSeen: Now().Add(-time.Minute),
		Item: inventory.Item{Path: fmt.Sprintf(place.path, i/40, i), Kind: place.kind, Version: "3", Sightings: []inventory.Sighting{
			{Certificate: c.ID, Place: place.place, State: state, Version: "3", Since: Now().Add(-50 * day)}}},
	}
	b.decorate(i, &item, c.ID)
	b.contents.Items = append(b.contents.Items, item)
}

// decorate adds what some items have.
func (b *builder) decorate(i int, item *inventory.Stored, id inventory.ID) {
	switch kindOf(i) {
	case catalog.Broken:
		item.Findings = []inventory.Finding{{Code: inventory.WrongName, Severity: verdict.Error, Certificate: id,
			Message: "the certificate does not have the name www.example.com", Why: "clients refuse to connect", Steps: []verdict.Step{verdict.Do("reissue it for this name")}}}
	case catalog.Unverified:
		item.Unseen = "the source does not show it any more: grant read there"
	case catalog.Expiring:
		if i%2 == 0 {
			b.contents.Acks = append(b.contents.Acks, inventory.Ack{Certificate: id, Until: Now().Add(10 * day), Reason: "the change is planned", By: "ann", At: Now().Add(-day)})
		}
	}
	if item.Source == "opsman" {
		item.Details = []inventory.Detail{{Name: "rotation procedure", Value: "Services TLS CA"}}
	}
}

// authority is a CA with the key that signs all leaves of a sample.
func authority() *scenario.Pair {
	return scenario.Issue(scenario.Spec{CommonName: "Platform CA", Organization: "Example", CA: true, NotBefore: Now().Add(-400 * day), NotAfter: Now().Add(3000 * day)})
}

// certificate makes certificate number i. The first is the CA. The others are copies of one leaf with
// names and dates of their own; its signature still proves the CA.
func (b *builder) certificate(i int) inventory.Certificate {
	if i == 0 {
		return inventory.New(b.ca)
	}
	c := *b.leaf
	c.CommonName = b.name(i)
	c.Subject, c.SANs, c.Serial = "CN="+c.CommonName, []string{c.CommonName, fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255)}, fmt.Sprintf("%x", 1000+i)
	c.NotBefore, c.NotAfter = dates(i)
	c.Fingerprint = sha256.Sum256([]byte(fmt.Sprint(i)))
	made := inventory.New(&c)
	if places()[i%len(places())].source == "opsman" {
		made.ID = inventory.DescribedID("opsman", fmt.Sprint(i))
	}
	return made
}

func (b *builder) name(i int) string {
	if hostile := Hostile(); i%8 == 6 {
		return hostile[(i/8)%len(hostile)]
	}
	return fmt.Sprintf("service-%d.example.com", i)
}

// firstStates are the states of the first certificates.
func firstStates() []catalog.State {
	return slices.Concat([]catalog.State{catalog.OK}, []catalog.State{catalog.Expired, catalog.ExpiringSoon, catalog.Expiring, catalog.Expiring,
		catalog.NotYetValid, catalog.Broken, catalog.Unverified, catalog.History, catalog.OK, catalog.OK, catalog.OK})
}

func kindOf(i int) catalog.State {
	if first := firstStates(); i < len(first) {
		return first[i]
	}
	if i%10 != 3 {
		return catalog.OK
	}
	return firstStates()[1+i/10%8]
}

func dates(i int) (from, until time.Time) {
	from = Now().Add(-time.Duration(100+i%50) * day)
	switch kindOf(i) {
	case catalog.Expired:
		return from, Now().Add(-time.Duration(1+i%20) * day)
	case catalog.ExpiringSoon:
		return from, Now().Add(time.Duration(12+i%100) * time.Hour)
	case catalog.Expiring:
		return from, Now().Add(time.Duration(8+i%20) * day)
	case catalog.NotYetValid:
		return Now().Add(2 * day), Now().Add(400 * day)
	}
	return from, Now().Add(time.Duration(200+i%700) * day)
}
