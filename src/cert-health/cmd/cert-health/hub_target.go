//go:build !vm

package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"cert-health/internal/hubclient"
	"cert-health/internal/report/terminal"
	"cert-health/internal/secret"
	"cert-health/internal/verdict"
)

func newLogout(c console) *cobra.Command {
	f := &hubFlags{console: c}
	cmd := &cobra.Command{
		Use:     "logout",
		Short:   "forget the login at a hub",
		Args:    cobra.NoArgs,
		GroupID: hubGroup,
		RunE: func(*cobra.Command, []string) error {
			targets, err := c.targets()
			if err != nil {
				return err
			}
			own := targets.Find(f.target)
			if own == nil {
				return errors.New("there is no such hub: cert-health target lists them")
			}
			own.Token, own.User = secret.Value{}, ""
			if err := targets.Save(); err != nil {
				return err
			}
			c.say("logged out of %s", own.URL)
			return nil
		},
	}
	f.targetFlag(cmd)
	return cmd
}

func newTarget(c console) *cobra.Command {
	var remove bool
	f := &hubFlags{console: c}
	cmd := &cobra.Command{
		Use:     "target [NAME]",
		Short:   "list the hubs, or choose the one to use",
		Args:    atMostOne,
		GroupID: hubGroup,
		RunE: func(_ *cobra.Command, args []string) error {
			targets, err := c.targets()
			if err != nil {
				return err
			}
			name := strings.Join(args, "")
			switch {
			case remove:
				if !targets.Remove(name) {
					return errors.New("--remove needs the name of a hub: cert-health target lists them")
				}
				return targets.Save()
			case name != "":
				return chooseHub(targets, name)
			}
			return f.write(func(w io.Writer, style terminal.Style) error { return targetTable(targets).Write(w, style) })
		},
	}
	cmd.Flags().BoolVar(&remove, "remove", false, "forget the hub, with its login")
	return cmd
}

func chooseHub(targets *hubclient.Targets, name string) error {
	own := targets.Find(name)
	if own == nil {
		return fmt.Errorf("there is no hub %q: cert-health login URL adds one", name)
	}
	targets.Current = own.Name
	return targets.Save()
}

func targetTable(targets *hubclient.Targets) terminal.Grid {
	g := terminal.Grid{Columns: []terminal.Heading{{Title: "NAME"}, {Title: "URL"}, {Title: "USER"}, {Title: "LOGIN UNTIL"}, {Title: ""}}}
	for _, own := range targets.All {
		current, until := "", "-"
		if own.Name == targets.Current {
			current = "current"
		}
		if !own.Token.IsZero() && !own.Expires.IsZero() {
			until = verdict.Stamp(own.Expires)
		}
		g.Rows = append(g.Rows, terminal.Row{Cells: []string{own.Name, own.URL, own.User, until, current}})
	}
	return g
}
