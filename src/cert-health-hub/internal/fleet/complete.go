package fleet

import (
	"strings"

	"cert-health/internal/cert"
)

// complain tells whether the instance's own agent says that it is behind. Only the hub's own source knows
// it better: another agent does not.
func (j *judge) complain(set []placed) bool {
	if !j.truth.known || j.truth.own {
		return false
	}
	for _, h := range set {
		if h.said != nil && (h.said.state == cert.Stale || h.said.state == cert.Unexpected) && contains(j.truth.required, h.of.print) {
			return true
		}
	}
	return false
}

// complete tells whether the files of an instance hold what they should. A leaf has no other version
// beside it. Each file of a bundle has all of it. A CA in a leaf's chain is any of the current ones.
func (j *judge) complete(set []placed) bool {
	required := j.truth.required
	if j.row.Own {
		return true
	}
	if !j.truth.known {
		required = j.newest()
	}
	if len(required) == 0 || j.complain(set) {
		return false
	}
	trust, foreign := false, 0
	for _, h := range set {
		f := &h.of
		trust = trust || f.role == cert.Trust
		if !contains(required, f.print) && !contains(j.truth.accepted, f.print) {
			foreign++
		}
	}
	switch {
	case foreign == 0 && (len(required) == 1 || !trust):
		return true
	case set[0].of.role == cert.Leaf:
		return false
	case trust:
		return j.bundled(set, required)
	}
	return j.chained(set, required)
}

func contains(list []string, print string) bool {
	for _, one := range list {
		if one == print {
			return true
		}
	}
	return false
}

// newest is the current version of a row that no store holds.
func (j *judge) newest() []string {
	if j.row.Current == nil {
		return nil
	}
	return []string{j.row.Current.Fingerprint}
}

// bundled tells whether each file has all that is required.
func (j *judge) bundled(set []placed, required []string) bool {
	for file := range files(set, func(placed) bool { return true }) {
		for _, print := range required {
			if j.ended(print) {
				continue
			}
			if !files(set, func(h placed) bool { return h.of.print == print })[file] {
				return false
			}
		}
	}
	return true
}

// ended tells whether a CA of the store has expired: a bundle need not have it.
func (j *judge) ended(print string) bool {
	if j.truth.hub == nil {
		return false
	}
	g, known := j.truth.hub.held[print]
	return known && g.notAfter != 0 && g.notAfter < j.now
}

// chained tells whether each file with another version has a current one too.
func (j *judge) chained(set []placed, required []string) bool {
	current := files(set, func(h placed) bool { return contains(required, h.of.print) })
	for file := range files(set, func(h placed) bool { return !contains(required, h.of.print) }) {
		if !current[file] {
			return false
		}
	}
	return len(current) > 0
}

// files are the files of some of the certificates.
func files(set []placed, which func(placed) bool) map[string]bool {
	found := map[string]bool{}
	for _, h := range set {
		if !which(h) {
			continue
		}
		for line := range strings.SplitSeq(h.files.Value(), "\n") {
			file, _, _ := strings.Cut(line, "\t")
			found[file] = true
		}
	}
	return found
}
