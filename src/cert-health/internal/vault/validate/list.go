package validate

import (
	"fmt"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// list finds a revocation list that programs do not accept, or soon will not.
func (j *judge) list(s *Secret) []Finding {
	own := s.Main()
	switch {
	case s.ListFault != "":
		return []Finding{{Code: List, Severity: verdict.Error, Key: listKey, Message: fmt.Sprintf("its revocation list (%q) cannot be read: %s", listKey, s.ListFault),
			Steps: []verdict.Step{verdict.Do("remove the key %q of %s, and revoke again what was revoked", listKey, s.Path)}}}
	case s.List == nil || own == nil || !s.inLayout():
		return nil
	case s.List.Issuer.String() != own.Subject:
		return []Finding{{Code: List, Severity: verdict.Error, Key: listKey, Message: fmt.Sprintf("its revocation list is that of another CA (%s)", s.List.Issuer),
			Steps: []verdict.Step{verdict.Do("remove the key %q of %s, and revoke again what was revoked", listKey, s.Path)}}}
	case !own.SignedList(s.List):
		return []Finding{{Code: List, Severity: verdict.Error, Key: listKey, Steps: command(s, "crl", "--renew"),
			Message: "its revocation list is not signed with its key: programs that check by the list refuse every certificate of this CA"}}
	case s.List.NextUpdate.IsZero():
		return nil
	}
	span := &cert.Certificate{NotBefore: s.List.ThisUpdate, NotAfter: s.List.NextUpdate} // a list has the thresholds of certificates
	code := j.Thresholds.Validity(span, j.Now)
	if code == "" {
		return nil
	}
	message := "the next update of its revocation list %s %s: programs that check by the list then refuse every certificate of this CA"
	due := "is due"
	if code == verdict.Expired {
		due = "was due"
	}
	if code == verdict.NotYetValid {
		return []Finding{{Code: List, Severity: verdict.Error, Key: listKey, Steps: command(s, "crl", "--renew"),
			Message: fmt.Sprintf("its revocation list becomes valid %s", verdict.Stamp(s.List.ThisUpdate))}}
	}
	return []Finding{{Code: List, Severity: min(severityOf(code), verdict.Error), Key: listKey, Steps: command(s, "crl", "--renew"),
		Message: fmt.Sprintf(message, due, j.when(span))}}
}
