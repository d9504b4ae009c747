// Command devvault is a HashiCorp Vault server in one process, for the demo and
// the tests of cert-health. It is unsealed, listens on loopback, and keeps
// everything in memory until it ends.
//
// It takes the flags of `vault server -dev` that the demo and the tests use, so
// that either of devvault and a `vault` or `bao` program can replace the other.
// Only devvault has -dev-standby. It is never part of a release of cert-health.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"devvault/internal/devserver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "devvault:", err)
		os.Exit(2)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] != "server" {
		return fmt.Errorf("usage: devvault server -dev [-dev-listen-address HOST:PORT] [-dev-root-token-id ID] [-dev-tls -dev-tls-cert-dir DIR] [-dev-standby]")
	}
	var opts devserver.Options
	flags := flag.NewFlagSet("devvault server", flag.ContinueOnError)
	dev := flags.Bool("dev", false, "required: keeps everything in memory, unprotected")
	flags.StringVar(&opts.Address, "dev-listen-address", "127.0.0.1:8200", "the address to listen on; port 0 selects a free port")
	flags.StringVar(&opts.RootToken, "dev-root-token-id", "", "the root token; random when empty")
	flags.BoolVar(&opts.TLS, "dev-tls", false, "serve TLS with a certificate created at start, and ask clients for theirs")
	flags.StringVar(&opts.TLSDir, "dev-tls-cert-dir", "", "the directory in which to write vault-ca.pem")
	flags.BoolVar(&opts.Standby, "dev-standby", false, "serve a standby whose active node does not answer")
	flags.Bool("dev-no-store-token", true, "accepted because vault has it; the token is never stored")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if !*dev {
		return fmt.Errorf("-dev is missing: devvault has no other mode")
	}
	server, err := devserver.Start(ctx, opts)
	if err != nil {
		return err
	}
	fmt.Printf("Api Address: %s\nRoot Token: %s\n", server.URL, server.RootToken)
	return server.Wait(ctx)
}
