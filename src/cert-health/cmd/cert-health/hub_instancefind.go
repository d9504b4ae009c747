//go:build !vm

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cert-health/internal/hubclient"
	"cert-health/internal/report/terminal"
)

// instanceOne shows the instance that a word names.
func (f *hubFlags) instanceOne(ctx context.Context, client *hubclient.Client, query url.Values, word string) error {
	if f.format == "csv" {
		return errors.New("one instance has no table: use --format json")
	}
	found, err := findInstance(ctx, client, query, word)
	if err != nil {
		return err
	}
	one, err := client.Instance(ctx, found.Deployment, found.Group, found.ID)
	if err != nil {
		return err
	}
	if f.format == "json" {
		err = f.json(one)
	} else {
		err = f.write(func(w io.Writer, style terminal.Style) error { return instancePage(w, style, &one, time.Now()) })
	}
	if err != nil {
		return err
	}
	return f.exceeds(severityOfInstance(&one))
}

// findInstance finds the instance DEPLOYMENT/GROUP/ID or GROUP/ID.
func findInstance(ctx context.Context, client *hubclient.Client, query url.Values, word string) (*hubclient.Instance, error) {
	parts := strings.Split(word, "/")
	if len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "") {
		return nil, fmt.Errorf("%q is not an instance: write DEPLOYMENT/GROUP/ID or GROUP/ID, as cert-health instances shows it", word)
	}
	query.Set("group", parts[len(parts)-2])
	if len(parts) == 3 {
		query.Set("deployment", parts[0])
	}
	all, err := client.Instances(ctx, query, func(int, int) {})
	switch {
	case err != nil:
		return nil, err
	case !all.Configured:
		return nil, errNoFleet
	}
	return onlyInstance(all.Instances, parts[len(parts)-1], word)
}

// onlyInstance is the instance with an ID, an index, or the beginning of an ID.
func onlyInstance(all []hubclient.Instance, id, word string) (*hubclient.Instance, error) {
	found := instancesWith(all, func(n *hubclient.Instance) bool { return n.ID == id })
	if len(found) == 0 {
		found = instancesWith(all, func(n *hubclient.Instance) bool { return n.Index != nil && strconv.Itoa(*n.Index) == id })
	}
	if len(found) == 0 {
		found = instancesWith(all, func(n *hubclient.Instance) bool { return strings.HasPrefix(n.ID, id) })
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("the hub knows no instance %q: cert-health instances shows all", word)
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("%d instances have %q: write one of them, such as %s or %s", len(found), word, found[0].Key(), found[1].Key())
}

func instancesWith(all []hubclient.Instance, is func(*hubclient.Instance) bool) (found []*hubclient.Instance) {
	for i := range all {
		if is(&all[i]) {
			found = append(found, &all[i])
		}
	}
	return found
}
