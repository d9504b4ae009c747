//go:build !vm

package main

import (
	"context"
	"errors"

	"cert-health/internal/credhub"
	"cert-health/internal/credhub/renewal"
)

// errKept says which flags CredHub has no use for.
var errKept = errors.New("CredHub keeps subject, names, usages and signature, and makes a new key: of the flags for a certificate, only --ttl and --bits can be used with --source credhub")

// inCredHub has CredHub make successors.
func (f *renewFlags) inCredHub(ctx context.Context, names []string) error {
	changes, err := f.changes()
	if err != nil {
		return err
	}
	if f.subject != "" || f.names != nil || f.usages != nil || f.algorithm != "" || f.keyType != "" || f.signedBy != "" || f.recursive || f.expired || f.within != "" {
		return errKept
	}
	options, err := credhub.FromEnvironment(f.console.env)
	if err != nil {
		return err
	}
	options.Agent = "cert-health/" + version
	client, err := credhub.New(options)
	if err != nil {
		return err
	}
	job, err := renewal.Prepare(ctx, client, renewal.Options{Names: names, Lifetime: changes.Lifetime, KeyLength: f.bits})
	if err != nil {
		return err
	}
	return f.confirm(ctx, job.Plan(), 0, job.Run)
}
