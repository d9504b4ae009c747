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

// signer is the key that signed a certificate: certainly, or as the key identifier in a
// certificate of a job says. Several CAs with one name number their certificates independently,
// and a certificate of another job may have any key identifier.
type signer struct {
	key        cert.KeyDigest
	identifier string
	job        string
}

// addRepeats finds the certificates of a group that one key signed.
func (j *judge) addRepeats(group []*cert.Deployed) {
	first, second := map[signer]*cert.Deployed{}, map[signer]*cert.Deployed{}
	signers := make([][]signer, len(group))
	for i, d := range group {
		signers[i] = j.signersOf(d)
		for _, by := range signers[i] {
			switch {
			case first[by] == nil:
				first[by] = d
			case second[by] == nil:
				second[by] = d
			}
		}
	}
	for i, d := range group {
		for _, by := range signers[i] {
			other := first[by]
			if other == d {
				other = second[by]
			}
			if other != nil && j.repeats[d.Certificate] == nil {
				j.repeats[d.Certificate] = other
			}
		}
	}
}

// signersOf are the keys that signed a certificate. A root that was renewed with the same key
// usually keeps its number, and no program checks it: it has none.
func (j *judge) signersOf(d *cert.Deployed) (list []signer) {
	c := d.Certificate
	if j.selfSigned(c) {
		return nil
	}
	job := j.home[c]
	issuers, _ := j.issuers(c, job)
	for _, ca := range issuers {
		if ca.Certificate.PublicKey != (cert.KeyDigest{}) && j.signing(c, ca.Certificate, job) == cert.Signed {
			list = append(list, signer{key: ca.Certificate.PublicKey})
			break
		}
	}
	if c.AuthorityKeyID == "" {
		return list
	}
	for _, job := range jobsOf(d) {
		list = append(list, signer{identifier: c.AuthorityKeyID, job: job})
	}
	return list
}
