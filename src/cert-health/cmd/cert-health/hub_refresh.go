//go:build !vm

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/hubclient"
)

func newRefresh(c console) *cobra.Command {
	f := &hubFlags{console: c}
	var wait bool
	var limit time.Duration
	cmd := &cobra.Command{
		Use:     "refresh [SOURCE]",
		Short:   "let a hub collect from a source now, or from all",
		Args:    atMostOne,
		GroupID: hubGroup,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := f.client()
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), limit)
			defer cancel()
			return refresh(ctx, c, client, strings.Join(args, ""), wait)
		},
	}
	cmd.Flags().BoolVar(&wait, "wait", false, "wait until the collection has ended; the exit code is 2 if it failed")
	cmd.Flags().DurationVar(&limit, "timeout", 15*time.Minute, "how long to wait: a `TIME` such as 90s or 15m")
	f.targetFlag(cmd)
	return cmd
}

func refresh(ctx context.Context, c console, client *hubclient.Client, name string, wait bool) error {
	before, err := client.Sources(ctx)
	if err != nil {
		return err
	}
	if err := client.Refresh(ctx, name); err != nil {
		return err
	}
	if !wait {
		c.say("the hub collects now: cert-health sources shows when it has ended")
		return nil
	}
	return follow(ctx, c, client, name, before)
}

// pollEvery is how often the hub is asked whether a collection has ended.
const pollEvery = time.Second

// follow waits until the sources have begun and ended a collection since before.
func follow(ctx context.Context, c console, client *hubclient.Client, name string, before []hubclient.Source) error {
	attempts := map[string]time.Time{}
	for _, s := range before {
		attempts[s.Name] = s.LastAttempt
	}
	step, done := c.progress()
	defer done()
	for {
		now, err := client.Sources(ctx)
		if err != nil {
			return err
		}
		waiting, failed := 0, []string(nil)
		for i := range now {
			switch s := &now[i]; {
			case name != "" && s.Name != name:
			case s.Running || !s.LastAttempt.After(attempts[s.Name]):
				waiting++
			case s.Error != "":
				failed = append(failed, s.Name+": "+s.Error)
			}
		}
		if waiting == 0 {
			return collected(c, failed)
		}
		if step != nil {
			step(fmt.Sprintf("%s to go", count(waiting, "source")))
		}
		select {
		case <-ctx.Done():
			return errors.New("the collection takes longer than --timeout: cert-health sources shows how far it is")
		case <-time.After(pollEvery):
		}
	}
}

func collected(c console, failed []string) error {
	if len(failed) > 0 {
		return fmt.Errorf("the collection failed: %s", strings.Join(failed, "; "))
	}
	c.say("collected")
	return nil
}
