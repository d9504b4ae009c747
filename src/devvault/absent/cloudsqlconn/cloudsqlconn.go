// Package cloudsqlconn replaces Google's connector for Cloud SQL. A devvault has
// no database plugins; Vault's core imports that of MySQL nevertheless.
package cloudsqlconn

import "errors"

// ErrAbsent is the error of every driver.
var ErrAbsent = errors.New("Cloud SQL is not part of devvault")

// Option has no effect.
type Option struct{}

// DialOption has no effect.
type DialOption struct{}

// WithIAMAuthN has no effect.
func WithIAMAuthN() Option { return Option{} }

// WithCredentialsJSON has no effect.
func WithCredentialsJSON([]byte) Option { return Option{} }

// WithDefaultDialOptions has no effect.
func WithDefaultDialOptions(...DialOption) Option { return Option{} }

// WithPrivateIP has no effect.
func WithPrivateIP() DialOption { return DialOption{} }
