package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publish"
	"cert-health/internal/vault/source"
)

// engine is the engine of the secrets.
var engine = client.Mount{Path: "secret/", Version: 2}

// published is the cost of a run of the publisher.
type published struct {
	when   string
	result *publish.Result
	took   time.Duration
}

// publishTwice publishes all secrets twice. The second run has nothing to do.
func (s *simulation) publishTwice(ctx context.Context, r *report) error {
	client, err := s.client(client.Options{Auth: client.Auth{Token: secret.New(s.server.Token)}})
	if err != nil {
		return err
	}
	s.publisher = publish.New(client, publish.Options{Paths: []string{base}, MaxSecrets: 2 * len(s.secrets)})
	if err := s.publish(ctx, r, "first"); err != nil {
		return err
	}
	return s.publish(ctx, r, "when nothing has changed")
}

func (s *simulation) publish(ctx context.Context, r *report, when string) error {
	started := time.Now()
	result, err := s.publisher.Run(ctx)
	if err != nil {
		return err
	}
	r.published = append(r.published, published{when, result, time.Since(started)})
	if len(result.Problems) > 0 || result.Published != len(s.secrets) {
		return fmt.Errorf("%d of %d secrets were published: %v", result.Published, len(s.secrets), result.Problems)
	}
	return nil
}

// checkRights makes sure that the token of an agent cannot read a secret.
func (s *simulation) checkRights(ctx context.Context, _ *report) error {
	vault, err := s.client(client.Options{Auth: s.auth})
	if err != nil {
		return err
	}
	if err := vault.Authenticate(ctx); err != nil {
		return err
	}
	_, err = vault.ReadSecret(ctx, engine, s.secrets[0].path, 0, &client.Reader{})
	if !client.Is(err, client.Denied) {
		return errors.Join(errors.New("the token of an agent can read secrets"), err)
	}
	return nil
}

// capacity measures the number of requests a second that Vault answers on this machine.
func (s *simulation) capacity(ctx context.Context, r *report) error {
	client, err := s.client(client.Options{Auth: s.auth})
	if err != nil {
		return err
	}
	if err := client.Authenticate(ctx); err != nil {
		return err
	}
	var paths []string
	for _, secret := range s.secrets {
		paths = append(paths, secret.path)
	}
	var failed error
	started := time.Now()
	client.Each(ctx, paths, func(_ int, path string) error {
		_, err := client.ReadMetadata(ctx, engine, path)
		return err
	}, func(path, reason string) { failed = fmt.Errorf("%s: %s", path, reason) })
	r.capacity = float64(len(paths)) / time.Since(started).Seconds()
	return failed
}

// walk counts the requests of an agent that reads all secrets each time.
func (s *simulation) walk(ctx context.Context, r *report) error {
	source, err := source.New(source.Options{
		Client: client.Options{Address: s.server.Address, Auth: client.Auth{Token: secret.New(s.server.Token)}}, Mode: source.Data, Paths: []string{base},
	})
	if err != nil {
		return err
	}
	answer := source.Find(ctx, map[cert.IdentityDigest]bool{s.secrets[0].noun.IdentityDigest(): true})
	if answer.State != reference.OK || answer.Read != len(s.secrets) {
		return fmt.Errorf("a walk over all secrets read %d: %s", answer.Read, answer.Error)
	}
	r.walk = answer.Requests
	return nil
}

// client returns a client that is not part of the fleet.
func (w *world) client(o client.Options) (*client.Client, error) {
	o.Address = w.server.Address
	return client.New(o)
}
