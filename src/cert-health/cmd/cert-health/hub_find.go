//go:build !vm

package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"cert-health/internal/hubclient"
)

// wholeID is the number of digits of an ID.
const wholeID = 64

// find finds a certificate by its ID, the beginning of one, a name or a path.
func find(ctx context.Context, client *hubclient.Client, word string) (*hubclient.Certificate, error) {
	if len(word) == wholeID || strings.HasPrefix(word, "described-") {
		one, err := client.Certificate(ctx, word)
		if !hubclient.IsNotFound(err) {
			return &one, err
		}
	}
	all, err := client.List(ctx, url.Values{"q": {word}, "limit": {"100"}}, nil)
	if err != nil {
		return nil, err
	}
	id, err := only(all, word)
	if err != nil {
		return nil, err
	}
	one, err := client.Certificate(ctx, id)
	return &one, err
}

// only is the ID of the certificate that a word names. Among several, one whose ID begins with the word,
// or that has exactly the name or the path, comes first.
func only(all *hubclient.Certificates, word string) (string, error) {
	named := exact(all, func(c *hubclient.Certificate) bool { return strings.HasPrefix(c.ID, strings.ToLower(word)) })
	if len(named) == 0 {
		named = exact(all, func(c *hubclient.Certificate) bool { return c.Name == word || at(c, word) })
	}
	if len(named) == 0 {
		named = all.Certificates
	}
	switch {
	case len(named) == 0:
		return "", fmt.Errorf("the hub knows no certificate with %q: cert-health list shows all", word)
	case len(named) == 1 && all.Total <= len(all.Certificates):
		return named[0].ID, nil
	}
	names := make([]string, 0, 5)
	for _, c := range named[:min(len(named), cap(names))] {
		names = append(names, fmt.Sprintf("%s (%s)", short(c.ID), c.Name))
	}
	return "", fmt.Errorf("%d certificates have %q: write the ID of one, such as %s", max(len(named), 2), word, strings.Join(names, ", "))
}

func exact(all *hubclient.Certificates, is func(*hubclient.Certificate) bool) (named []hubclient.Certificate) {
	for i := range all.Certificates {
		if is(&all.Certificates[i]) {
			named = append(named, all.Certificates[i])
		}
	}
	return named
}

func at(c *hubclient.Certificate, path string) bool {
	for _, p := range c.Placements {
		if p.Path == path {
			return true
		}
	}
	return false
}
