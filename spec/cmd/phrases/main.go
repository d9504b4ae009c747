// Command phrases looks for banned phrases in the files that git tracks or would
// add, and prints each with its place and the better words. scripts/lint calls it.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	root := flag.String("root", "..", "`directory` of the tree")
	list := flag.String("list", "../scripts/banned-phrases", "`file` with the phrases and the better words")
	flag.Parse()

	found, err := search(*root, *list)
	if err != nil {
		fmt.Fprintln(os.Stderr, "phrases:", err)
		os.Exit(2)
	}
	for _, hit := range found {
		fmt.Fprintln(os.Stderr, hit)
	}
	if len(found) > 0 {
		fmt.Fprintf(os.Stderr, "phrases: %d places to rewrite in plain English\n", len(found))
		os.Exit(1)
	}
}

// search returns a line for each banned phrase in the tree.
func search(root, list string) ([]string, error) {
	contents, err := os.ReadFile(list)
	if err != nil {
		return nil, err
	}
	banned, err := parse(string(contents))
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", list, err)
	}
	files, err := tracked(root)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, file := range files {
		path := filepath.Join(root, file)
		if exempt(file) || same(path, list) {
			continue
		}
		contents, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			continue // deleted, but not committed yet
		}
		if err != nil {
			return nil, err
		}
		for _, hit := range banned.in(string(contents)) {
			found = append(found, fmt.Sprintf("%s:%d: %q: write %s", file, hit.line, hit.words, hit.better))
		}
	}
	return found, nil
}

// tracked lists the files that git tracks or would add.
func tracked(root string) ([]string, error) {
	out, err := exec.Command("git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z").Output()
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), nil
}

// exempt tells whether a file is not written by us, holds no sentences, or has
// the phrases as test data.
func exempt(file string) bool {
	switch filepath.Base(file) {
	case "LICENSE", "NOTICE", "go.mod", "go.sum", "phrase_test.go":
		return true
	}
	return false
}

// same tells whether two paths name one file.
func same(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
