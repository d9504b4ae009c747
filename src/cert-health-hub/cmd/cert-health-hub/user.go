package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/people"
	"cert-health/hub/internal/settings"
	"cert-health/internal/strict"
)

func newUser(c console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "add, remove and list the users that the hub itself knows",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newUserAdd(c), newUserRemove(c), newUserList(c))
	return cmd
}

// onUsers is a command that works on the database of users.
func onUsers(c console, cmd *cobra.Command, work func(ctx context.Context, d *db.DB, arguments []string) error) *cobra.Command {
	var file string
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		return configured(file, func(s settings.Settings) error {
			return withDatabase(cmd.Context(), c, s, func(d *db.DB) error { return work(cmd.Context(), d, arguments) })
		})
	}
	configFlag(cmd, &file)
	return cmd
}

func newUserAdd(c console) *cobra.Command {
	var role string
	var replace bool
	cmd := onUsers(c, &cobra.Command{
		Use:   "add NAME",
		Short: "add a user, or with --replace give one a new password and role",
		Long: `add asks for a password, or reads it from the first line of standard input. With
--replace, a user that exists gets the new password and role, and has to log in
again. All API tokens and the calendar of the user end.`,
		Args: oneName,
	}, func(ctx context.Context, d *db.DB, arguments []string) error {
		return addUser(ctx, c, d, arguments[0], role, replace)
	})
	cmd.Flags().StringVar(&role, "role", string(people.Viewer), "`ROLE` of the user: "+strings.Join(people.Roles(), ", "))
	cmd.Flags().BoolVar(&replace, "replace", false, "change a user that exists")
	return cmd
}

// oneName wants the name of a user.
func oneName(cmd *cobra.Command, arguments []string) error {
	if len(arguments) != 1 {
		return fmt.Errorf("the name of one user is needed; see %s --help", cmd.CommandPath())
	}
	return nil
}

func addUser(ctx context.Context, c console, d *db.DB, name, role string, replace bool) error {
	var problems strict.Problems
	if problems.OneOf("--role", role, people.Roles()); len(problems) > 0 {
		return problems
	}
	password, err := readPassword(c)
	if err != nil {
		return err
	}
	user, err := people.NewUser(name, password, people.Role(role), time.Now())
	if err != nil {
		return err
	}
	verb := "added"
	err = d.AddUser(ctx, user)
	if replace && errors.Is(err, db.ErrExists) {
		verb, err = "changed", d.ChangeUser(ctx, user)
	}
	if errors.Is(err, db.ErrExists) {
		return fmt.Errorf("there is a user %q already: --replace changes the password and the role", name)
	}
	if err != nil {
		return err
	}
	return noteUser(ctx, c, d, name, fmt.Sprintf("%s the user with the role %s", verb, role))
}

// noteUser keeps an event, and tells the same.
func noteUser(ctx context.Context, c console, d *db.DB, name, text string) error {
	if err := d.AddEvent(ctx, db.Event{At: time.Now(), Kind: "user", Actor: "cert-health-hub user", Subject: name, Text: text}); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.out, "%s: %s\n", name, text)
	return err
}

// maxLine bounds the line with a password. HashPassword bounds the password.
const maxLine = 4096

// readPassword asks twice on a terminal, and reads a line elsewhere.
func readPassword(c console) (string, error) {
	terminal, ok := c.in.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(c.in, maxLine)).ReadString('\n')
		if err != nil && (err != io.EOF || line == "") {
			return "", errors.New("standard input has no password: write it there, in one line")
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	first, err := askPassword(c, terminal, "Password: ")
	if err != nil {
		return "", err
	}
	again, err := askPassword(c, terminal, "Once more: ")
	if err == nil && first != again {
		err = errors.New("the two passwords differ: try again")
	}
	return first, err
}

func askPassword(c console, terminal *os.File, question string) (string, error) {
	fmt.Fprint(c.err, question)
	password, err := term.ReadPassword(int(terminal.Fd()))
	fmt.Fprintln(c.err)
	return string(password), err
}

func newUserRemove(c console) *cobra.Command {
	return onUsers(c, &cobra.Command{
		Use:   "remove NAME",
		Short: "remove a user with all tokens",
		Args:  oneName,
	}, func(ctx context.Context, d *db.DB, arguments []string) error {
		err := d.RemoveUser(ctx, arguments[0])
		if errors.Is(err, db.ErrNotFound) {
			return fmt.Errorf("there is no user %q; see cert-health-hub user list", arguments[0])
		}
		if err != nil {
			return err
		}
		return noteUser(ctx, c, d, arguments[0], "removed the user")
	})
}

func newUserList(c console) *cobra.Command {
	return onUsers(c, &cobra.Command{
		Use:   "list",
		Short: "list the users",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, d *db.DB, _ []string) error {
		users, err := d.Users(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "NAME\tROLE\tCREATED")
		for _, user := range users {
			fmt.Fprintf(table, "%s\t%s\t%s\n", user.Name, user.Role, user.Created.UTC().Format(time.DateOnly))
		}
		return table.Flush()
	})
}
