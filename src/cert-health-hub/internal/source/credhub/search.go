package credhub

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/remote"
	"cert-health/internal/verdict"
)

// The limits of a value.
const (
	maxValues       = 20_000 // strings in JSON
	maxCertificates = 500    // in one credential
	maxBroken       = 10     // certificates that cannot be read, in one credential

	// leastEncoded is less than the shortest certificate has in any encoding.
	leastEncoded = 100
)

// searchCertificate searches a value of the type certificate. The private key is not decoded.
func (r *reader) searchCertificate(v value, state inventory.State) error {
	var parts struct {
		Certificate string `json:"certificate"`
		CA          string `json:"ca"`
	}
	if err := json.Unmarshal(v.Value, &parts); err != nil {
		return unreadable()
	}
	r.search(parts.Certificate, "certificate", v, state)
	r.search(parts.CA, "ca", v, state)
	return nil
}

// unreadable is the failure of a value that has another shape than its type. The decoder's error may
// quote the value.
func unreadable() error {
	return remote.NewFault(remote.Rejected, "the value that CredHub sends has another shape than its type: look at the credential with credhub get")
}

// searchOther searches a value of a type in which people keep certificates.
func (r *reader) searchOther(v value) error {
	switch v.Type {
	case "value", "json", "user":
	default:
		return nil
	}
	var contents any
	if err := json.Unmarshal(v.Value, &contents); err != nil {
		return unreadable()
	}
	budget := maxValues
	if r.walk(contents, "", v, &budget); budget < 0 {
		r.finding(verdict.OverBudget, "", fmt.Sprintf("the value has more than %d parts, and the rest is not searched", maxValues))
	}
	return nil
}

// walk searches all strings of a value, with their path in it as the place.
func (r *reader) walk(contents any, place string, v value, budget *int) {
	if *budget--; *budget < 0 {
		return
	}
	switch part := contents.(type) {
	case string:
		if place == "" {
			place = "value"
		}
		r.search(part, remote.Printable(place), v, inventory.Current)
	case []any:
		for i, element := range part {
			r.walk(element, fmt.Sprintf("%s[%d]", place, i), v, budget)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(part)) {
			below := key
			if place != "" {
				below = place + "." + key
			}
			r.walk(part[key], below, v, budget)
		}
	}
}

// search finds the certificates in one string. A certificate that the version has at an earlier place,
// such as a CA that signed itself, is not repeated.
func (r *reader) search(contents, place string, v value, state inventory.State) {
	if len(contents) < leastEncoded {
		return
	}
	result := r.extractor.Value([]byte(contents))
	for _, found := range result.Certificates {
		c := inventory.New(found.Certificate)
		if len(r.item.Sightings) == maxCertificates {
			r.finding(verdict.OverBudget, place, fmt.Sprintf("there are more than %d certificates, and the rest is not shown", maxCertificates))
			return
		}
		if r.has(c.ID, v.ID) {
			continue
		}
		r.certificates = append(r.certificates, c)
		r.item.Sightings = append(r.item.Sightings, inventory.Sighting{Certificate: c.ID, Place: place, State: state, Version: v.ID, Since: v.Created})
	}
	if state.InUse() {
		for _, broken := range result.Broken {
			r.finding(verdict.Unreadable, place, "the certificate cannot be read: "+remote.Printable(broken.Reason))
		}
	}
}

func (r *reader) has(id inventory.ID, version string) bool {
	return slices.ContainsFunc(r.item.Sightings, func(s inventory.Sighting) bool { return s.Certificate == id && s.Version == version })
}

func (r *reader) finding(code verdict.Code, place, message string) {
	if len(r.item.Findings) == maxBroken {
		return
	}
	if place != "" {
		message = place + ": " + message
	}
	r.item.Findings = append(r.item.Findings, inventory.Finding{Code: inventory.Code(code), Severity: verdict.Warning, Message: message,
		Steps: []verdict.Step{verdict.Run("credhub", "get", "-n", r.item.Path)}})
}
