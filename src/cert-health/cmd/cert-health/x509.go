package main

import "github.com/spf13/cobra"

func newX509(c console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "x509",
		Short: "check and change certificates that are kept in Vault",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(x509Writers(c)...)
	return cmd
}
