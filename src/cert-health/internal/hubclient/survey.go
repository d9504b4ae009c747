package hubclient

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"cert-health/internal/survey"
	"cert-health/internal/survey/wire"
)

// surveyTimeout bounds a survey: the hub reads the report of each VM for it.
const surveyTimeout = 5 * time.Minute

// Survey returns what the hub knows of the whole platform, or of the deployments of a query. The hub writes it
// line by line.
func (c *Client) Survey(ctx context.Context, query url.Values) (*survey.Survey, error) {
	patient := *c.http
	patient.Timeout = max(surveyTimeout, c.http.Timeout)
	response, err := c.open(ctx, &patient, http.MethodGet, "/v1/survey", query, nil, wire.ContentType)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		_, _, err := c.read(response)
		return nil, err
	}
	read, err := wire.Read(response.Body)
	if err != nil {
		return nil, fmt.Errorf("the survey of the hub at %s cannot be read: %w", c.base, cause(err))
	}
	return read, nil
}
