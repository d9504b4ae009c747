// Package resource replaces the HashiCorp Cloud Platform's SDK. A devvault does
// not register with the platform.
package resource

import "errors"

// Resource has no content.
type Resource struct{}

// FromString always fails.
func FromString(string) (Resource, error) {
	return Resource{}, errors.New("HCP is not part of devvault")
}
