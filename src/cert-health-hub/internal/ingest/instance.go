package ingest

import (
	"errors"
	"regexp"
	"unicode/utf8"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/report"
	"cert-health/internal/uplink"
)

// longestName bounds each name of an instance, in bytes. BOSH has at most 63 in a name of DNS.
const longestName = 200

// keyOf is the key of an instance whose names BOSH can have given.
func keyOf(i report.Instance) (inventory.InstanceKey, error) {
	for _, name := range []string{i.Deployment, i.Group, i.ID} {
		if !plainName(name) {
			return "", errors.New("the instance has no deployment, group and id with at most 200 letters, digits, '-', '_', '.' and '+', that begin with a letter or digit")
		}
	}
	return inventory.KeyOf(i.Deployment, i.Group, i.ID), nil
}

func plainName(name string) bool {
	if name == "" || len(name) > longestName || !alphanumeric(name[0]) {
		return false
	}
	for i := range len(name) {
		if c := name[i]; !alphanumeric(c) && c != '-' && c != '_' && c != '.' && c != '+' {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z'
}

// shown is what the agent says about its VM, as it can be shown: neither is a proof of anything.
func shown(text string) string {
	if len(text) > longestName || !utf8.ValidString(text) || report.Printable(text) != text {
		return ""
	}
	return text
}

var errSchema = errors.New("the message has another schema than this hub: deploy the hub and the agents with the same release, the hub first")

var digests = regexp.MustCompile(`^[0-9a-f]{64}$`)

// check validates what heartbeats and reports have in common.
func check(schema int, digest string, sequence uplink.Sequence) error {
	switch {
	case schema != uplink.Schema:
		return errSchema
	case !digests.MatchString(digest):
		return errors.New("the digest is not 64 lower-case hex digits")
	case sequence.Boot == "" || len(sequence.Boot) > uplink.MaxBoot || shown(sequence.Boot) == "":
		return errors.New("the boot of the sequence is not 1 to 100 printable characters")
	}
	return nil
}
