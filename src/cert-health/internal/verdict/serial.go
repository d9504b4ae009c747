package verdict

import "cert-health/internal/cert"

// repeatedSerial finds a certificate whose issuer gave its serial number to another one too.
func (j *judge) repeatedSerial(s subject) *weakness {
	if j.repeats == nil {
		j.repeats = map[*cert.Certificate]*cert.Deployed{}
		for _, group := range sharedSerials(j.facts.Deployed) {
			j.addRepeats(group)
		}
	}
	other := j.repeats[s.Certificate]
	if other == nil {
		return nil
	}
	return &weakness{Warning, "its issuer gave its serial number " + s.Serial + " also to " + other.Certificate.Name() + " at " + other.Locations[0].Place(),
		"to revoke one is to revoke both, and Firefox refuses the second one that it meets", "a serial number of its own"}
}

// issued should be unique to one certificate.
type issued struct{ issuer, serial string }

// sharedSerials are the groups of certificates with one serial number and one name of the
// issuer. The order of the groups is that of the certificates.
func sharedSerials(deployed []cert.Deployed) (shared [][]*cert.Deployed) {
	all := make(map[issued][]*cert.Deployed, len(deployed))
	var order []issued
	for i := range deployed {
		d := &deployed[i]
		by := issued{d.Certificate.Issuer, d.Certificate.Serial}
		if all[by] = append(all[by], d); len(all[by]) == 2 {
			order = append(order, by)
		}
	}
	for _, by := range order {
		shared = append(shared, all[by])
	}
	return shared
}

// signer is the key that signed a certificate. Several CAs with one name number their certificates
// independently. If no CA of the VM signed the certificate, its key identifier must do, which
// anybody can write.
type signer struct {
	key        cert.KeyDigest
	identifier string
}

// addRepeats finds the certificates of a group that one key signed.
func (j *judge) addRepeats(group []*cert.Deployed) {
	first, second := map[signer]*cert.Deployed{}, map[signer]*cert.Deployed{}
	signers := make([]signer, len(group))
	for i, d := range group {
		by := j.signerOf(d.Certificate)
		signers[i] = by
		switch {
		case by == signer{}:
		case first[by] == nil:
			first[by] = d
		case second[by] == nil:
			second[by] = d
		}
	}
	for i, d := range group {
		other := first[signers[i]]
		if other == d {
			other = second[signers[i]]
		}
		if other != nil {
			j.repeats[d.Certificate] = other
		}
	}
}

// signerOf is the key that signed a certificate; zero if it is not known. A root that was renewed
// with the same key usually keeps its number, and no program checks it: it has none.
func (j *judge) signerOf(c *cert.Certificate) signer {
	if j.selfSigned(c) {
		return signer{}
	}
	job := j.home[c]
	issuers, _ := j.issuers(c, job)
	for _, ca := range issuers {
		if ca.Certificate.PublicKey != (cert.KeyDigest{}) && j.signing(c, ca.Certificate, job) == cert.Signed {
			return signer{key: ca.Certificate.PublicKey}
		}
	}
	return signer{identifier: c.AuthorityKeyID}
}
