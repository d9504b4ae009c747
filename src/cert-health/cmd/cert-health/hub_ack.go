//go:build !vm

package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"cert-health/internal/verdict"
)

var errNoReason = errors.New("--reason is missing: say why no one needs to be reminded")

func newAck(c console) *cobra.Command {
	f := &hubFlags{console: c}
	var until, reason string
	var remove bool
	cmd := &cobra.Command{
		Use:   "ack CERTIFICATE",
		Short: "acknowledge a certificate: no one is reminded of it until a day",
		Long: `ack notes that people know about a certificate. Its findings stay visible, but
the hub reminds no one of them until the day is over.`,
		Example: `  cert-health ack 3f2a9c --until 2027-01-31 --reason "off in January"
  cert-health ack 3f2a9c --remove`,
		Args:    oneArgument,
		GroupID: hubGroup,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case !remove && until == "":
				return errors.New("--until is missing: write the last day, as in --until 2027-01-31")
			case !remove && strings.TrimSpace(reason) == "":
				return errNoReason
			}
			client, err := f.client()
			if err != nil {
				return err
			}
			one, err := find(cmd.Context(), client, args[0])
			if err != nil {
				return err
			}
			if remove {
				if err := client.Unacknowledge(cmd.Context(), one.ID); err != nil {
					return err
				}
				c.say("%s (%s) is not acknowledged any more", one.Name, short(one.ID))
				return nil
			}
			ack, err := client.Acknowledge(cmd.Context(), one.ID, until, reason)
			if err != nil {
				return err
			}
			c.say("%s (%s) is acknowledged until %s", one.Name, short(one.ID), verdict.Stamp(ack.Until))
			return nil
		},
	}
	cmd.Flags().StringVar(&until, "until", "", "last `DAY`, such as 2027-01-31; at most a year from now")
	cmd.Flags().StringVar(&reason, "reason", "", "`TEXT` that says why")
	cmd.Flags().BoolVar(&remove, "remove", false, "end the acknowledgement")
	f.targetFlag(cmd)
	return cmd
}
