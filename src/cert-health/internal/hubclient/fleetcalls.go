package hubclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Fleet returns the rows of a query with all its pages. It calls progress with how many of how many
// there are.
func (c *Client) Fleet(ctx context.Context, query url.Values, progress func(have, total int)) (*Fleet, error) {
	var all *Fleet
	err := c.pages(ctx, fleetPath, query, func(page url.Values) (string, error) {
		var next Fleet
		if err := c.call(ctx, http.MethodGet, fleetPath, page, nil, &next); err != nil {
			return "", err
		}
		if all == nil {
			all = &next
		} else {
			all.Rows, all.Total = append(all.Rows, next.Rows...), next.Total
		}
		progress(len(all.Rows), all.Total)
		return next.Next, nil
	})
	return all, err
}

// FleetRow returns one row with its versions and groups.
func (c *Client) FleetRow(ctx context.Context, id string) (one FleetRow, err error) {
	return one, c.fleetCall(ctx, fleetPath+"/"+id, &one)
}

// Instances returns the instances of a query with all its pages.
func (c *Client) Instances(ctx context.Context, query url.Values, progress func(have, total int)) (*Instances, error) {
	var all *Instances
	err := c.pages(ctx, instancesPath, query, func(page url.Values) (string, error) {
		var next Instances
		if err := c.call(ctx, http.MethodGet, instancesPath, page, nil, &next); err != nil {
			return "", err
		}
		if all == nil {
			all = &next
		} else {
			all.Instances, all.Total = append(all.Instances, next.Instances...), next.Total
		}
		progress(len(all.Instances), all.Total)
		return next.Next, nil
	})
	return all, err
}

// Instance returns one instance with its certificates.
func (c *Client) Instance(ctx context.Context, deployment, group, id string) (one Instance, err error) {
	return one, c.fleetCall(ctx, strings.Join([]string{instancesPath, deployment, group, id}, "/"), &one)
}

// FleetCSV and InstancesCSV return the rows of a table, the first with the titles.
func (c *Client) FleetCSV(ctx context.Context, query url.Values) ([][]string, error) {
	rows, err := c.table(ctx, fleetPath+".csv", query)
	return rows, c.older(err)
}

// InstancesCSV is like FleetCSV, for instances.
func (c *Client) InstancesCSV(ctx context.Context, query url.Values) ([][]string, error) {
	rows, err := c.table(ctx, instancesPath+".csv", query)
	return rows, c.older(err)
}

const (
	fleetPath     = "/v1/fleet"
	instancesPath = "/v1/instances"
)

// pages asks for one page after the other.
func (c *Client) pages(ctx context.Context, path string, query url.Values, ask func(url.Values) (next string, err error)) error {
	page := url.Values{"limit": {strconv.Itoa(pageSize)}}
	for key, values := range query {
		page[key] = values
	}
	for range maxPages {
		next, err := ask(page)
		if err != nil || next == "" || query.Has("limit") {
			return c.older(err)
		}
		page.Set("after", next)
	}
	return errors.New("the hub has more than can be listed: use a filter")
}

func (c *Client) fleetCall(ctx context.Context, path string, answer any) error {
	return c.older(c.call(ctx, http.MethodGet, path, nil, nil, answer))
}

// noPath is how the API of a hub says that it does not have a path.
const noPath = "the API has no such path"

// ErrNoFleet is that a hub is too old for a question about instances.
var ErrNoFleet = errors.New("of a release that does not know the fleet")

// older explains the answer of a hub that does not know the fleet.
func (c *Client) older(err error) error {
	p := (*Problem)(nil)
	if errors.As(err, &p) && p.Status == http.StatusNotFound && strings.HasPrefix(p.Detail, noPath) {
		return fmt.Errorf("the hub at %s is %w: deploy a newer cert-health-hub", c.base, ErrNoFleet)
	}
	return err
}
