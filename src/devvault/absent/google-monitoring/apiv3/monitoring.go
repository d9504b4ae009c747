// Package monitoring replaces the client of Google Cloud Monitoring. A devvault
// sends no metrics.
package monitoring

import (
	"context"
	"errors"

	"google.golang.org/api/option"
)

// MetricClient does nothing.
type MetricClient struct{}

// NewMetricClient always fails.
func NewMetricClient(context.Context, ...option.ClientOption) (*MetricClient, error) {
	return nil, errors.New("Google Cloud Monitoring is not part of devvault")
}
