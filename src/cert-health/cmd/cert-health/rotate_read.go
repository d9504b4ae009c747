//go:build !vm

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/rotation"
	"cert-health/internal/rotator"
	"cert-health/internal/strict"
	"cert-health/internal/survey"
)

// turn is all that is read of a rotation.
type turn struct {
	rotator.Step
	store rotator.Store // nil if only the hub knows what the store holds
}

// read reads a rotation. The caller closes the store.
func (f *rotateFlags) read(ctx context.Context, ca string) (*turn, error) {
	vms, err := f.vms(ctx)
	if err != nil {
		return nil, err
	}
	step, done := f.console.progress()
	defer done()
	t := &turn{}
	if t.store, err = f.store(ctx, ca, step); err != nil && !errors.Is(err, errNoStore) {
		return nil, err
	}
	t.Survey = vms
	if t.store != nil {
		b := &survey.Builder{}
		b.Add(vms)
		if err := t.store.Gather(ctx, b); err != nil {
			t.store.Close()
			return nil, err
		}
		t.Survey = b.Build(vms.At)
	}
	if err := f.judge(ctx, t, ca); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *turn) close() {
	if t.store != nil {
		t.store.Close()
	}
}

// judge computes the state.
func (f *rotateFlags) judge(ctx context.Context, t *turn, ca string) (err error) {
	ca = strings.Trim(ca, "/")
	if f.source == credhubSource {
		ca = "/" + ca
	}
	t.Store, err = rotation.StoreOf(t.Survey, ca)
	switch {
	case err != nil && t.store == nil:
		return fmt.Errorf("%w; %w", err, errNoStore)
	case err != nil:
		return err
	}
	if t.store == nil && t.Store.Product != "" {
		t.Store.Blind = append(t.Store.Blind, "the store itself: what the hub has collected of it is shown, and signatures are not verified")
	}
	if t.store != nil {
		if err := t.store.Refine(ctx, t.Survey, &t.Store); err != nil {
			return err
		}
	}
	if err := f.known(t.Survey); err != nil {
		return err
	}
	t.State = rotation.Of(rotation.Input{Store: t.Store, Survey: t.Survey, Accepted: f.accepted, Back: f.back, WithoutVMs: f.withoutVMs})
	return nil
}

// again are the flags with which the next command reads the same rotation.
func (f *rotateFlags) again() (flags []string) {
	for _, list := range []struct {
		name   string
		values []string
	}{{"--report", f.reports}, {"--vault-path", f.paths}} {
		for _, value := range list.values {
			flags = append(flags, list.name, value)
		}
	}
	if f.target != "" {
		flags = append(flags, "--target", f.target)
	}
	if f.withoutVMs {
		flags = append(flags, "--without-vms")
	}
	return flags
}

// known tells whether the instances to accept exist. The beginning of an id is enough if it is that of one instance.
func (f *rotateFlags) known(s *survey.Survey) error {
	var names []string
	for _, i := range s.Instances {
		names = append(names, i.Name, i.Key())
	}
	for n, accepted := range f.accepted {
		if slices.Contains(names, accepted) {
			continue
		}
		keys := begun(s, accepted)
		switch {
		case len(keys) == 0:
			return fmt.Errorf("--accept %q names an instance that is not known%s: write it as `cert-health rotate status` does", accepted, strict.Hint(accepted, names))
		case len(keys) > 1:
			return fmt.Errorf("--accept %q is the beginning of %s and of %s: write more of the id", accepted, keys[0], keys[1])
		}
		f.accepted[n] = keys[0]
	}
	return nil
}

// begun are the keys of the instances whose name or key begins with group/ID or deployment/group/ID.
func begun(s *survey.Survey, beginning string) (keys []string) {
	for _, i := range s.Instances {
		for _, name := range []string{i.Name, i.Key()} {
			if slash := strings.LastIndex(name, "/"); strings.HasPrefix(name, beginning) && len(beginning) > slash+1 {
				keys = append(keys, i.Key())
				break
			}
		}
	}
	return keys
}

// vms are the instances. The files of this VM alone say too little, so they are not used.
func (f *rotateFlags) vms(ctx context.Context) (*survey.Survey, error) {
	now, err := f.time()
	if err != nil {
		return nil, err
	}
	if len(f.reports) == 0 {
		if target, err := f.wanted(); err != nil || target == nil {
			b := &survey.Builder{}
			b.Blind("all VMs: log in to a hub with cert-health login https://HUB, or name reports of VMs with --report")
			return b.Build(now), err
		}
	}
	s, err := f.load(ctx)
	if err != nil {
		return nil, err
	}
	return outdated(s.Survey), nil
}

// outdated makes silent what has reported too long ago: it may have changed since.
func outdated(s *survey.Survey) *survey.Survey {
	own := *s
	own.Instances = nil
	for _, i := range s.Instances {
		if i.Seen() && s.At.Sub(i.At) > oldReport {
			silent := *i
			silent.Standing, i = "silent", &silent
		}
		own.Instances = append(own.Instances, i)
	}
	return &own
}
