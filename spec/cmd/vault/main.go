// Command vault replaces the program of that name in the spec that runs
// manifests/vault-approle.sh against a real Vault server. It has only the commands
// that the script uses.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "vault:", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	words, field, data := split(args)
	switch command := strings.Join(words[:min(2, len(words))], " "); {
	case command == "policy write":
		policy, err := io.ReadAll(os.Stdin)
		if err != nil {
			return err
		}
		_, err = call("PUT", "sys/policies/acl/"+words[2], map[string]string{"policy": string(policy)})
		return err
	case command == "auth list":
		mounts, err := call("GET", "sys/auth", nil)
		for mount := range mounts {
			fmt.Println(mount)
		}
		return err
	case command == "auth enable":
		_, err := call("POST", "sys/auth/"+words[2], map[string]string{"type": words[2]})
		return err
	case words[0] == "write":
		answer, err := call("PUT", words[1], data)
		return show(answer, field, err)
	case words[0] == "read":
		answer, err := call("GET", words[1], nil)
		return show(answer, field, err)
	}
	return fmt.Errorf("%s: this replacement does not have the command", args)
}

// split returns the words of a command line, the value of -field, and the KEY=VALUE pairs.
func split(args []string) (words []string, field string, data map[string]string) {
	data = map[string]string{}
	for _, arg := range args {
		key, value, pair := strings.Cut(arg, "=")
		switch {
		case key == "-field":
			field = value
		case pair:
			data[key] = value
		case arg == "-" || !strings.HasPrefix(arg, "-"):
			words = append(words, arg)
		}
	}
	return words, field, data
}

func show(answer map[string]any, field string, err error) error {
	if field != "" && err == nil {
		fmt.Println(answer[field])
	}
	return err
}
