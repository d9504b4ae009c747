// Package option replaces the options of Google's API clients.
package option

import "golang.org/x/oauth2"

// ClientOption has no effect.
type ClientOption struct{}

// WithUserAgent has no effect.
func WithUserAgent(string) ClientOption { return ClientOption{} }

// WithTokenSource has no effect.
func WithTokenSource(oauth2.TokenSource) ClientOption { return ClientOption{} }
