// Package pgxv4 replaces the PostgreSQL driver of Google's connector for Cloud SQL.
package pgxv4

import "cloud.google.com/go/cloudsqlconn"

// RegisterDriver always fails.
func RegisterDriver(string, ...cloudsqlconn.Option) (func() error, error) {
	return nil, cloudsqlconn.ErrAbsent
}
