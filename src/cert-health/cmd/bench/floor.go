package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/hashicorp/vault/api"
)

// runFloor does the least work with the same result: "files:DIR" walks, reads, finds and
// parses; "lines:FILE" counts lines; "vault:MOUNT" lists all paths, gets every secret once, eight at a time, and
// discards the answers.
func runFloor(ctx context.Context, work string) error {
	kind, what, _ := strings.Cut(work, ":")
	if kind == "vault" {
		return floorVault(ctx, what)
	}
	if kind == "lines" {
		return floorLines(what)
	}
	count := 0
	err := filepath.WalkDir(what, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		contents, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found, err := floorParse(contents)
		count += found
		return err
	})
	if err == nil && count == 0 {
		err = errors.New("the floor found no certificate")
	}
	return err
}

func floorParse(contents []byte) (count int, err error) {
	for {
		begin := bytes.Index(contents, []byte("-----BEGIN CERTIFICATE"))
		if begin < 0 {
			return count, nil
		}
		block, rest := pem.Decode(contents[begin:])
		if block == nil {
			return count, fmt.Errorf("a PEM block without a certificate")
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return count, err
		}
		count++
		contents = rest
	}
}

func floorVault(ctx context.Context, mount string) error {
	client, err := api.NewClient(nil)
	if err != nil {
		return err
	}
	if transport, ok := client.CloneConfig().HttpClient.Transport.(*http.Transport); ok {
		transport.MaxIdleConnsPerHost = 8
	}
	paths, err := floorList(ctx, client, mount+"/metadata/")
	if err != nil {
		return err
	}
	queue, failures := make(chan string), make(chan error, len(paths))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for path := range queue {
				failures <- floorGet(ctx, client, mount+"/data/"+path)
			}
		})
	}
	for _, path := range paths {
		queue <- path
	}
	close(queue)
	group.Wait()
	close(failures)
	var failed error
	for err := range failures {
		failed = errors.Join(failed, err)
	}
	return failed
}

func floorGet(ctx context.Context, client *api.Client, path string) error {
	response, err := client.Logical().ReadRawWithContext(ctx, path)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

func floorList(ctx context.Context, client *api.Client, root string) ([]string, error) {
	var paths []string
	dirs := []string{""}
	for len(dirs) > 0 {
		dir := dirs[0]
		dirs = dirs[1:]
		secret, err := client.Logical().ListWithContext(ctx, root+dir)
		if err != nil || secret == nil {
			return nil, fmt.Errorf("list %s: %w", dir, err)
		}
		names, _ := secret.Data["keys"].([]any)
		for _, name := range names {
			if name := fmt.Sprint(name); strings.HasSuffix(name, "/") {
				dirs = append(dirs, dir+name)
			} else {
				paths = append(paths, dir+name)
			}
		}
	}
	return paths, nil
}
