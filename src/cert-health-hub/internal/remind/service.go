package remind

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/url"

	"github.com/nicholas-fedor/shoutrrr"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"

	"cert-health/internal/secret"
)

// service is one of the services that the library shoutrrr speaks.
type service struct{ url secret.Value }

// errService hides the library's error, which may quote the URL with its token.
var errService = errors.New("the service did not take the message; check the url of the channel, and that the hub reaches the service")

// checkService quotes nothing of the URL but its scheme.
func checkService(u secret.Value) error {
	scheme := "it has no scheme"
	if parsed, err := url.Parse(u.Reveal()); err == nil && parsed.Scheme != "" {
		scheme = "its scheme is " + parsed.Scheme
	}
	if _, err := shoutrrr.NewSender(log.New(io.Discard, "", 0), u.Reveal()); err != nil {
		return fmt.Errorf("shoutrrr does not understand the url, %s; write it as the documentation of shoutrrr says", scheme)
	}
	return nil
}

// send waits no longer than the context, which the library does not know.
func (s service) send(ctx context.Context, m Message) error {
	sender, err := shoutrrr.NewSender(log.New(io.Discard, "", 0), s.url.Reveal())
	if err != nil {
		return errService
	}
	done := make(chan error, 1)
	go func() {
		params := types.Params{"title": m.Title}
		done <- errors.Join(sender.Send(m.Title+"\n"+m.Text(), &params)...)
	}()
	select {
	case err := <-done:
		if err != nil {
			return errService
		}
		return nil
	case <-ctx.Done():
		return errors.New("the service did not answer in time")
	}
}
