package validate

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"
)

// maxRounds is how many CAs above each other are looked for.
const maxRounds = 4

// signers reads the secrets `ca` beside and above those certificates whose signer was not read. A CA that may not be
// read, or is not there, is no problem: the certificate then has a finding.
func (r *Reader) signers(ctx context.Context, secrets []*Secret) (beside []*Secret) {
	for range maxRounds {
		var places []string
		for _, s := range unsigned(slices.Concat(secrets, beside)) {
			places = append(places, near(s.Path)...)
		}
		read := r.places(ctx, places)
		if len(read) == 0 {
			break
		}
		beside = append(beside, read...)
	}
	return beside
}

// unsigned are the secrets whose certificate was signed by none of them.
func unsigned(secrets []*Secret) (list []*Secret) {
	j := newJudge(secrets, nil, Options{})
	for _, s := range secrets {
		if own := s.Main(); own != nil && !own.SelfSigned() && len(j.signers(own)) == 0 {
			list = append(list, s)
		}
	}
	return list
}

// near are the paths of a secret `ca` in the directory of a secret and in those above it, the mount's name included.
func near(full string) (places []string) {
	for dir := path.Dir(full); dir != "." && dir != "/"; dir = path.Dir(dir) {
		places = append(places, dir+"/ca")
	}
	return places
}

// places reads the secrets at paths that were not read before.
func (r *Reader) places(ctx context.Context, places []string) (read []*Secret) {
	slices.Sort(places)
	for _, place := range slices.Compact(places) {
		m, rest, err := r.Client.FindMount(ctx, place)
		if err != nil || rest == "" || r.known(m.Path+rest) {
			continue
		}
		if s, err := r.workers[0].read(ctx, r.Client, m, rest); err == nil && s != nil && s.Main() != nil {
			read = append(read, s)
		}
	}
	return read
}

// errNoCA says that nothing can be compared with the signer of --signed-by.
var errNoCA = errors.New("there is no certificate at this path: name the secret of a CA")

// Signer reads the secret of a CA. The error says why it cannot sign anything.
func (r *Reader) Signer(ctx context.Context, full string) (*Secret, error) {
	m, rest, err := r.Client.FindMount(ctx, strings.Trim(full, "/"))
	if err != nil {
		return nil, err
	}
	s, err := newReading().read(ctx, r.Client, m, rest)
	if err == nil && (s == nil || s.Main() == nil) {
		err = errNoCA
	}
	return s, err
}
