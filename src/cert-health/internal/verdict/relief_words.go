package verdict

import "cert-health/internal/cert"

// consequence says what breaks while the CA is not valid.
func (r relief) consequence() string {
	switch r.kind {
	case successor:
		return "certificates that only this CA signed are refused; the other CA with its name in this bundle stays valid"
	case otherPath:
		return "its leaves stay valid by another path, to " + r.path.Subject + " in " + r.path.file + "; only peers without that CA refuse them"
	case maybeSent:
		return "peers refuse the leaf unless they have another valid certificate of this CA"
	}
	return "every certificate that it signed is refused"
}

// relieved are the steps for a CA that need not be renewed; none if it must be.
func (j *judge) relieved(s subject) []Step {
	if s.at.Class != cert.JobFile && s.at.Class != cert.VMFile {
		return nil
	}
	switch s.relief.kind {
	case successor:
		return j.edit(s.at, "remove it from %s when no certificate that it signed is used any more")
	case otherPath, maybeSent:
		return j.edit(s.at, "in %s, remove it or put a valid certificate of this CA in its place")
	case unused:
		return j.replaceUnused(s)
	}
	return nil
}

// edit are the steps that change what a file contains. The instruction has one %s, for the
// place where people change it.
func (j *judge) edit(at cert.Location, instruction string) []Step {
	if at.Class != cert.JobFile || !j.onBOSH() {
		return []Step{Do(instruction, at.File)}
	}
	return append([]Step{Do(instruction, "the property that fills "+at.File)}, j.deploy()...)
}

// replaceUnused says what to do about CAs that the VM does not use. Only their own owner can
// renew public roots.
func (j *judge) replaceUnused(s subject) []Step {
	if store := j.trustStoreAt(placeOf(s.at, s.Certificate)); store != nil && store.files {
		return []Step{Do("if peers need it, put a current set of CAs into %s", store.name)}
	}
	return j.edit(s.at, "if peers need it, put a current bundle into %s")
}

// unusedWords say that CAs which the VM does not use have expired, or expire soon.
func (j *judge) unusedWords(s subject, message string) words {
	why := "no certificate on this VM chains to it; only peers with a certificate that it signed are refused"
	if group := s.relief.group; group != nil && len(group.expired)+len(group.expiring) > 1 {
		message = group.words()
		why = "no certificate on this VM chains to them; only peers with a certificate that they signed are refused"
	}
	return words{message, why, j.relieved(s)}
}
