package keep

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"

	"cert-health/internal/issue"
	"cert-health/internal/vault/client"
)

// maxTurns is how often the counter of a CA is read again because someone else has taken a number.
const maxTurns = 50

// errMoved says that a secret holds another CA than before.
var errMoved = errors.New("its certificate has changed in the meantime: run the command again")

// TakeSerial takes the next serial number of a CA: it raises the counter in the secret of the CA, before the number
// is used. Two that take numbers at once get different ones. A number that is taken and then not used is lost, which
// harms nothing. ca is the certificate that the secret must still hold. A CA without a counter gives random numbers.
//
// An engine of KV version 1 cannot keep two apart who write at the same moment. There the counter rises by a random
// step, so that two of them do not get the same number.
func (s Store) TakeSerial(ctx context.Context, path string, ca *x509.Certificate, random io.Reader) (*big.Int, error) {
	for range maxTurns {
		serial, err := s.takeSerial(ctx, path, ca, random)
		if err == nil || !client.Is(err, client.Conflict) && !errors.Is(err, errOther) {
			return serial, err
		}
	}
	return nil, fmt.Errorf("take a serial number of %s: others have changed it %d times in the meantime: run the command again", path, maxTurns)
}

func (s Store) takeSerial(ctx context.Context, path string, ca *x509.Certificate, random io.Reader) (*big.Int, error) {
	before, err := s.Read(ctx, path)
	if err != nil {
		return nil, err
	}
	defer before.Wipe()
	chain, err := before.Chain()
	if err != nil {
		return nil, fmt.Errorf("take a serial number of %s: %w", path, err)
	}
	if !chain[0].Equal(ca) {
		return nil, fmt.Errorf("take a serial number of %s: %w", path, errMoved)
	}
	next, err := before.Next(ca, random)
	if err != nil {
		return nil, fmt.Errorf("take a serial number of %s: %w", path, err)
	}
	if before.Serial() == "" {
		return next, nil
	}
	after := before.Apply(Change{Serial: next})
	defer after.Wipe()
	return next, s.raise(ctx, before, after)
}

// Next is the number behind the last one; a random one without a counter. ca is the certificate of the CA, whose own
// number is not given again; nil: it has none.
func (s *Secret) Next(ca *x509.Certificate, random io.Reader) (*big.Int, error) {
	next, err := issue.NextSerial(s.Serial(), random)
	if err != nil || s.Serial() == "" {
		return next, err
	}
	if s.Mount.Version == 1 {
		step, err := rand.Int(random, big.NewInt(maxStep))
		if err != nil {
			return nil, fmt.Errorf("choose a serial number: %w", err)
		}
		next.Add(next, step)
	}
	if ca != nil && next.Cmp(ca.SerialNumber) == 0 {
		next.Add(next, big.NewInt(1))
	}
	return next, nil
}

// maxStep bounds the random step of a counter in an engine of version 1.
const maxStep = 1 << 31

// raise writes the counter. Unlike Write it does not take what it reads back for its own: two who raise the counter at
// once write the same.
func (s Store) raise(ctx context.Context, before, after *Secret) error {
	_, err := s.Client.Replace(ctx, before.Mount, before.Path, before.values, after.values)
	if err != nil {
		return fmt.Errorf("take a serial number of %s: %w", before.Full(), err)
	}
	if before.Mount.Version != 1 {
		return nil // Vault has compared
	}
	now, err := s.at(ctx, before.Mount, before.Path)
	if err != nil {
		return err
	}
	defer now.Wipe()
	if !now.values.Same(after.values) {
		return fmt.Errorf("take a serial number of %s: %w", before.Full(), errOther)
	}
	return nil
}
