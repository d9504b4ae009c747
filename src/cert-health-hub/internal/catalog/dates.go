package catalog

import (
	"fmt"
	"slices"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// replaced tells whether each item with this CA also holds another CA with its name in use, which is
// valid longer. That is so during a rotation.
func (v *View) replaced(e *Entry) bool {
	if !e.CA {
		return false
	}
	for _, p := range e.InUse() {
		if !slices.ContainsFunc(p.item.Sightings, func(s inventory.Sighting) bool {
			other := v.byID[s.Certificate]
			return other != nil && s.State.InUse() && other.CA && other.Subject == e.Subject &&
				other.NotAfter.After(e.NotAfter) && !v.now.After(other.NotAfter) && !v.now.Before(other.NotBefore)
		}) {
			return false
		}
	}
	return true
}

func (v *View) dateWords(e *Entry, code verdict.Code, replaced bool) (message, why string) {
	consequence := consequence(e, replaced)
	end := fmt.Sprintf("%s (%s)", verdict.Relative(e.NotAfter, v.now), verdict.Stamp(e.NotAfter))
	switch {
	case code == verdict.Expired:
		return "expired " + end, consequence
	case e.NotAfter.Before(e.NotBefore):
		return fmt.Sprintf("never valid: it ends (%s) before it begins (%s)", verdict.Stamp(e.NotAfter), verdict.Stamp(e.NotBefore)), consequence
	case code == verdict.NotYetValid:
		return fmt.Sprintf("becomes valid %s (%s)", verdict.Relative(e.NotBefore, v.now), verdict.Stamp(e.NotBefore)), "until then, " + consequence
	}
	return "expires " + end, "after that, " + consequence
}

// consequence says what breaks while a certificate is not valid.
func consequence(e *Entry, replaced bool) string {
	switch {
	case e.CA && replaced:
		return "certificates that only this CA signed are refused; the other CA with its name stays valid"
	case e.CA && e.Leaves == 1:
		return "every certificate that it signed is refused: 1 leaf in use is known"
	case e.CA && e.Leaves > 1:
		return fmt.Sprintf("every certificate that it signed is refused: %d leaves in use are known", e.Leaves)
	case e.CA:
		return "every certificate that it signed is refused"
	case e.ServerAuth() && !e.ClientAuth():
		return "clients refuse to connect to the server that uses it"
	case e.ClientAuth() && !e.ServerAuth():
		return "servers refuse the client that uses it"
	}
	return "its peers refuse it"
}
