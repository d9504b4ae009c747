package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/vault/api"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/collect"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/vault"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

// child does one work in this process, and prints its cost.
func (b *bench) child(ctx context.Context) error {
	debug.SetGCPercent(40) // like cert-health-hub
	var requests int
	var wall time.Duration
	var err error
	switch b.work {
	case "fill":
		return b.fill(ctx)
	case "floor":
		wall, requests, err = b.floor(ctx)
	case "collect":
		wall, requests, err = b.collect(ctx, none{})
	case "again":
		wall, requests, err = b.again(ctx)
	case "hub", "hubagain":
		wall, requests, err = b.hub(ctx)
	default:
		return errors.New("-work is not known")
	}
	if err != nil {
		return err
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return err
	}
	_, err = fmt.Println(int64(wall), usage.Utime.Nano()+usage.Stime.Nano(), usage.Maxrss*1024, requests)
	return err
}

// fill writes the secrets as safe does.
func (b *bench) fill(ctx context.Context) error {
	config := api.DefaultConfig()
	server, err := api.NewClient(config)
	if err != nil {
		return err
	}
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	var next atomic.Int64
	var group sync.WaitGroup
	failed := make(chan error, 4)
	for range cap(failed) {
		group.Go(func() {
			for n := next.Add(1); n <= int64(b.secrets); n = next.Add(1) {
				name := fmt.Sprintf("c%d.service.internal", n)
				pair := scenario.Issue(scenario.Spec{CommonName: name, Issuer: ca})
				if _, err := server.KVv2("secret").Put(ctx, fmt.Sprintf("d%d/%s", n%50, name), pair.Safe()); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	group.Wait()
	close(failed)
	return <-failed
}

func source() (inventory.Source, error) {
	return vault.New("vault", vault.Options{Paths: []string{"secret"}, Client: client.Options{
		Address: os.Getenv("VAULT_ADDR"), Auth: client.Auth{Token: secret.New(os.Getenv("VAULT_TOKEN"))}}})
}

// none knows nothing.
type none struct{}

func (none) Item(string) (inventory.Item, bool) { return inventory.Item{}, false }
func (none) Certificate(inventory.ID) (inventory.Certificate, bool) {
	return inventory.Certificate{}, false
}

// all knows what a collection saw.
type all struct {
	Items        map[string]inventory.Item
	Certificates map[inventory.ID]inventory.Certificate
}

// Item implements inventory.Known.
func (a all) Item(path string) (inventory.Item, bool) { i, ok := a.Items[path]; return i, ok }

// Certificate implements inventory.Known.
func (a all) Certificate(id inventory.ID) (inventory.Certificate, bool) {
	c, ok := a.Certificates[id]
	return c, ok
}

func (b *bench) collect(ctx context.Context, known inventory.Known) (time.Duration, int, error) {
	s, err := source()
	if err != nil {
		return 0, 0, err
	}
	_, wall, requests, err := b.timed(ctx, s, known)
	return wall, requests, err
}

func (b *bench) timed(ctx context.Context, s inventory.Source, known inventory.Known) (*inventory.Collection, time.Duration, int, error) {
	started := time.Now()
	c, err := s.Collect(ctx, known)
	if err != nil {
		return nil, 0, 0, err
	}
	if len(c.Items) != b.secrets || len(c.Unseen) > 0 {
		return nil, 0, 0, fmt.Errorf("%d items were seen instead of %d", len(c.Items), b.secrets)
	}
	return c, time.Since(started), c.Requests, nil
}

// again measures the second collection.
func (b *bench) again(ctx context.Context) (time.Duration, int, error) {
	s, err := source()
	if err != nil {
		return 0, 0, err
	}
	c, _, _, err := b.timed(ctx, s, none{})
	if err != nil {
		return 0, 0, err
	}
	known := all{map[string]inventory.Item{}, map[inventory.ID]inventory.Certificate{}}
	for _, item := range c.Items {
		known.Items[item.Path] = item
	}
	for _, certificate := range c.Certificates {
		known.Certificates[certificate.ID] = certificate
	}
	_, wall, requests, err := b.timed(ctx, s, known)
	return wall, requests, err
}

// hub measures a hub on a database in the current directory, from its start until the catalog shows a
// collection of its own.
func (b *bench) hub(ctx context.Context) (time.Duration, int, error) {
	started := time.Now()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	store, err := db.Open(ctx, "sqlite:hub.db", log)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = store.Close() }()
	if err := store.Migrate(ctx); err != nil {
		return 0, 0, err
	}
	s, err := source()
	if err != nil {
		return 0, 0, err
	}
	c, err := collect.New(collect.Options{Store: store, Policy: catalog.DefaultPolicy(), Log: log,
		Sources: []collect.Source{{Name: "vault", Type: vault.Type, Interval: time.Hour, Source: s}}})
	if err != nil {
		return 0, 0, err
	}
	ctx, stop := context.WithCancel(ctx)
	changed := c.Watch(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Run(ctx)
	}()
	defer func() {
		stop()
		<-ended
	}()
	if err := c.Refresh("vault"); err != nil {
		return 0, 0, err
	}
	for range changed {
		health, _ := c.View().Source("vault")
		switch {
		case health.Error != "":
			return 0, 0, errors.New(health.Error)
		case health.LastSuccess.After(started) && c.View().List(catalog.Query{}).Total == b.secrets:
			return time.Since(started), health.Requests, nil
		}
	}
	return 0, 0, ctx.Err()
}
