//go:build !vm

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"cert-health/internal/hubclient"
	"cert-health/internal/secret"
)

// loginFlags are the flags of login.
type loginFlags struct {
	console console
	name    string
	user    string
	token   string
	caFile  string
}

func newLogin(c console) *cobra.Command {
	f := &loginFlags{console: c}
	cmd := &cobra.Command{
		Use:   "login [URL]",
		Short: "log in to a hub, and use it from now on",
		Long: `login asks the hub how people log in: in the browser, where you confirm a code,
or with a name and a password. It keeps the token that it gets in
~/.config/cert-health/hub.json, which only you may read. Without a URL it logs
in to the current hub again.

A script has an API token: it sets CERT_HEALTH_HUB to the URL and
CERT_HEALTH_HUB_TOKEN to the token, and needs no login. If the system does not
know the CA of the hub, CERT_HEALTH_HUB_CA_CERT names a file with it.`,
		Args:    atMostOne,
		GroupID: hubGroup,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), strings.Join(args, ""))
		},
	}
	cmd.Flags().StringVar(&f.name, "name", "", "`NAME` under which the hub is kept (default: its host)")
	cmd.Flags().StringVar(&f.user, "user", "", "`NAME` to log in with a password, which is read from the terminal or standard input")
	cmd.Flags().StringVar(&f.token, "token", "", "API `TOKEN` to use; - reads it from standard input, where other users cannot see it")
	cmd.Flags().StringVar(&f.caFile, "ca-cert", "", "`FILE` with the CAs of the hub's certificate, in PEM (default: those of the system)")
	_ = cmd.MarkFlagFilename("ca-cert", "pem", "crt")
	return cmd
}

func (f *loginFlags) run(ctx context.Context, address string) error {
	targets, err := f.console.targets()
	if err != nil {
		return err
	}
	own, err := f.begin(targets, address)
	if err != nil {
		return err
	}
	client, err := clientOf(own)
	if err != nil {
		return err
	}
	info, err := client.Info(ctx)
	if err != nil {
		return err
	}
	login, err := f.login(ctx, client, info.Login)
	if err != nil {
		return err
	}
	own.Token, own.Expires, own.User = login.Token, login.Expires, login.Name
	if err := f.try(ctx, own); err != nil {
		return err
	}
	targets.Put(own)
	if err := targets.Save(); err != nil {
		return err
	}
	f.console.say("logged in to %s (cert-health-hub %s)%s", own.URL, info.Version, as(login))
	return nil
}

// as says as whom, and how long.
func as(l hubclient.Login) string {
	text := ""
	if l.Name != "" {
		text = " as " + l.Name
	}
	if l.Role != "" {
		text += ", with the role " + l.Role
	}
	if !l.Expires.IsZero() {
		text += ", until " + l.Expires.Local().Format("2006-01-02 15:04")
	}
	return text
}

// begin is the hub to log in to: one that is kept already, or a new one.
func (f *loginFlags) begin(targets *hubclient.Targets, address string) (hubclient.Target, error) {
	own := hubclient.Target{URL: strings.TrimSuffix(address, "/"), Name: f.name}
	if old := targets.Find(own.URL); old != nil {
		own = *old
	} else if address == "" {
		return own, errors.New("no hub is chosen: write its URL, as in cert-health login https://certificates.example.com")
	}
	base, err := hubclient.CheckURL(own.URL)
	if err != nil {
		return own, err
	}
	if own.Name == "" || f.name != "" {
		own.Name = f.name
	}
	if own.Name == "" {
		own.Name = base.Host
	}
	own.Token = secret.Value{}
	ca, err := readCA("--ca-cert", f.caFile)
	if ca != "" {
		own.CACert = ca
	}
	return own, err
}

// login gets a token in the way that the flags or the hub say.
func (f *loginFlags) login(ctx context.Context, client *hubclient.Client, methods hubclient.Methods) (hubclient.Login, error) {
	switch {
	case f.token != "":
		return f.given()
	case f.user != "":
		return f.password(ctx, client, f.user)
	case methods.None():
		return hubclient.Login{}, nil
	case methods.Device:
		return f.browser(ctx, client)
	case methods.Local:
		name, err := f.ask("Name: ")
		if err != nil {
			return hubclient.Login{}, err
		}
		return f.password(ctx, client, name)
	}
	return hubclient.Login{}, errors.New("the hub lets people log in on its pages only: make an API token there, and give it with --token -")
}

// given is the token of the flag.
func (f *loginFlags) given() (hubclient.Login, error) {
	text := f.token
	if text == "-" {
		line, err := f.line()
		if err != nil {
			return hubclient.Login{}, fmt.Errorf("--token: %w", err)
		}
		text = line
	}
	return hubclient.Login{Token: secret.New(text)}, nil
}

func (f *loginFlags) password(ctx context.Context, client *hubclient.Client, name string) (hubclient.Login, error) {
	password, err := f.hidden("Password: ")
	if err != nil {
		return hubclient.Login{}, err
	}
	return client.Login(ctx, name, password)
}

// browser waits until the person has confirmed the login in a browser.
func (f *loginFlags) browser(ctx context.Context, client *hubclient.Client) (hubclient.Login, error) {
	device, err := client.StartDevice(ctx)
	if err != nil {
		return hubclient.Login{}, err
	}
	f.console.say("Open %s\nand confirm the code %s", device.URL, device.UserCode)
	step, done := f.console.progress()
	defer done()
	if step != nil {
		step("waiting for the confirmation")
	}
	return client.WaitDevice(ctx, device)
}

// try asks something that needs a login, so that a wrong token is not kept.
func (f *loginFlags) try(ctx context.Context, own hubclient.Target) error {
	client, err := clientOf(own)
	if err == nil {
		_, err = client.Sources(ctx)
	}
	if p := (*hubclient.Problem)(nil); f.token != "" && errors.As(err, &p) && p.Status == 401 {
		return errors.New("the hub does not know the token, or it has ended: make another one on the hub's pages")
	}
	return err
}
