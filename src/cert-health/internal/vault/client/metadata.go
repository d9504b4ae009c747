package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strconv"
	"time"

	"github.com/hashicorp/vault/api"
)

// Metadata is what is public about a secret in an engine of version 2.
type Metadata struct {
	Current  int // the current version; 0 when there is none
	Versions map[int]VersionInfo
	Custom   map[string]string
}

// VersionInfo is what is public about one version.
type VersionInfo struct {
	Created time.Time
	DeletedAt time.Time // zero when it is not, or when that is not told
	Deleted    bool      // it is deleted or destroyed
}

// metadata is how Vault writes it.
type metadata struct {
	Data struct {
		Current  int               `json:"current_version"`
		Custom   map[string]string `json:"custom_metadata"`
		Versions map[string]struct {
			Created   string `json:"created_time"`
			Deletion  string `json:"deletion_time"`
			Destroyed bool   `json:"destroyed"`
		} `json:"versions"`
	} `json:"data"`
}

// ReadMetadata reads what is public about a secret, in one small request that needs
// no right to its value. The engine is of version 2.
func (c *Client) ReadMetadata(ctx context.Context, m Mount, path string) (Metadata, error) {
	var raw metadata
	if err := c.get(ctx, m.Metadata(path), &raw); err != nil {
		return Metadata{}, err
	}
	read := Metadata{Current: raw.Data.Current, Custom: map[string]string{}, Versions: map[int]VersionInfo{}}
	maps.Copy(read.Custom, raw.Data.Custom)
	for number, version := range raw.Data.Versions {
		n, err := strconv.Atoi(number)
		if err != nil {
			continue // not of Vault's writing
		}
		info := VersionInfo{Created: moment(version.Created), DeletedAt: moment(version.Deletion)}
		// A deletion may be due later, where the engine deletes what is old.
		info.Deleted = version.Destroyed || !info.DeletedAt.IsZero() && !info.DeletedAt.After(c.options.Now())
		read.Versions[n] = info
	}
	return read, nil
}

// get reads one answer, of which there must be one.
func (c *Client) get(ctx context.Context, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, maxRequestTime)
	defer cancel()
	return c.do(ctx, func() error {
		response, err := c.api.Logical().ReadRawWithDataWithContext(ctx, path, nil)
		if response != nil {
			defer response.Body.Close()
		}
		if err != nil {
			return c.absent(err)
		}
		body, err := io.ReadAll(io.LimitReader(response.Body, maxResponse))
		switch {
		case err != nil:
			return brokenOff(err)
		case json.Unmarshal(body, into) != nil:
			return rejected("its answer cannot be read: is vault.kv_version right?")
		}
		return nil
	})
}

// absent makes a Fault of an answer that is none. When Vault says no more than that there
// is nothing, neither do we.
func (c *Client) absent(err error) error {
	fault := c.explain(err)
	if fault.Kind == NotFound && fault.quoted == "" {
		return &Fault{Kind: NotFound, sentence: "there is nothing at this path", status: fault.status}
	}
	return fault
}

// brokenOff explains why an answer ended before its end.
func brokenOff(err error) *Fault {
	if isTimeout(err) {
		return &Fault{Kind: Unreachable, sentence: "Vault did not answer in time"}
	}
	return &Fault{Kind: Busy, sentence: "Vault's answer broke off"}
}

// Capabilities asks Vault what the token may do at paths of its API.
func (c *Client) Capabilities(ctx context.Context, paths []string) (map[string][]string, error) {
	var answer *api.Secret
	err := c.do(ctx, func() (err error) {
		answer, err = c.api.Logical().WriteWithContext(ctx, "sys/capabilities-self", map[string]any{"paths": paths})
		return err
	})
	if err != nil {
		return nil, err
	}
	if answer == nil {
		return nil, rejected("Vault does not tell what the token may do")
	}
	allowed := map[string][]string{}
	for _, path := range paths {
		listed, _ := answer.Data[path].([]any)
		for _, capability := range listed {
			allowed[path] = append(allowed[path], fmt.Sprint(capability))
		}
	}
	return allowed, nil
}
