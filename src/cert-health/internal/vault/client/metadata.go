package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"time"

	"github.com/hashicorp/vault/api"
)

// Metadata is the public metadata of a secret in an engine of version 2.
type Metadata struct {
	Current  int // number of the current version; 0 if there is none
	Versions map[int]VersionInfo
	Custom   map[string]string
}

// VersionInfo is the public metadata of one version.
type VersionInfo struct {
	Created   time.Time
	DeletedAt time.Time // zero if it is not deleted, or if that is unknown
	Deleted   bool      // deleted or destroyed
}

// metadata is the answer of Vault.
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

// ReadMetadata reads the public metadata of a secret in an engine of version 2. It needs no
// right to read the value of the secret.
func (c *Client) ReadMetadata(ctx context.Context, m Mount, path string) (Metadata, error) {
	var raw metadata
	if err := c.Get(ctx, m.Metadata(path), &raw); err != nil {
		return Metadata{}, err
	}
	read := Metadata{Current: raw.Data.Current, Custom: map[string]string{}, Versions: map[int]VersionInfo{}}
	maps.Copy(read.Custom, raw.Data.Custom)
	for number, version := range raw.Data.Versions {
		n, err := strconv.Atoi(number)
		if err != nil {
			continue // Vault writes numbers only
		}
		info := VersionInfo{Created: moment(version.Created), DeletedAt: moment(version.Deletion)}
		// The time may be in the future if the engine deletes old versions.
		info.Deleted = version.Destroyed || !info.DeletedAt.IsZero() && !info.DeletedAt.After(c.options.Now())
		read.Versions[n] = info
	}
	return read, nil
}

// read is get with a query.
func (c *Client) read(ctx context.Context, path string, query map[string][]string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, c.requestTime())
	defer cancel()
	return c.do(ctx, func() error {
		response, err := c.api.Logical().ReadRawWithDataWithContext(ctx, path, query)
		if response != nil {
			defer response.Body.Close()
		}
		if err != nil {
			return c.absent(err)
		}
		body, err := io.ReadAll(response.Body)
		switch {
		case err != nil:
			return brokenOff(err)
		case json.Unmarshal(body, into) != nil:
			return rejected("the answer cannot be read: correct %s", c.name(settingKVVersion))
		}
		return nil
	})
}

// absent returns the Fault for an answer that is an error.
func (c *Client) absent(err error) error {
	fault := c.explain(err)
	if fault.Kind == NotFound && fault.quoted == "" {
		return &Fault{Kind: NotFound, sentence: "there is nothing at this path", status: fault.status}
	}
	return fault
}

// brokenOff explains an incomplete answer, or one that is too large.
func brokenOff(err error) *Fault {
	if fault := (*Fault)(nil); errors.As(err, &fault) {
		return fault
	}
	if isTimeout(err) {
		return &Fault{Kind: Unreachable, sentence: "Vault did not answer in time"}
	}
	return &Fault{Kind: Busy, sentence: "the answer of Vault is incomplete"}
}

// Capabilities asks Vault for the capabilities of the token at paths of the API.
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
		return nil, rejected("Vault does not return the capabilities of the token")
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
