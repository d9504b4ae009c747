// Package mysql replaces the MySQL driver of Google's connector for Cloud SQL.
package mysql

import "cloud.google.com/go/cloudsqlconn"

// RegisterDriver always fails.
func RegisterDriver(string, ...cloudsqlconn.Option) (func() error, error) {
	return nil, cloudsqlconn.ErrAbsent
}
