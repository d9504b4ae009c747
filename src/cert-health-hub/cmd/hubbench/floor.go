package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/vault/api"
)

// floorWorkers is how many requests the hub's source sends at a time.
const floorWorkers = 8

// floor lists the secrets and reads each once with Vault's own client, and discards the answers. No
// program that reads all secrets does less.
func (b *bench) floor(ctx context.Context) (time.Duration, int, error) {
	started := time.Now()
	server, err := api.NewClient(api.DefaultConfig())
	if err != nil {
		return 0, 0, err
	}
	if transport, ok := server.CloneConfig().HttpClient.Transport.(*http.Transport); ok {
		transport.MaxIdleConnsPerHost = floorWorkers
	}
	paths, requests, err := floorPaths(ctx, server, "")
	if err != nil {
		return 0, 0, err
	}
	todo, failed := make(chan string), make(chan error, floorWorkers)
	var group sync.WaitGroup
	for range floorWorkers {
		group.Go(func() {
			var failure error
			for path := range todo {
				if failure == nil {
					failure = floorRead(ctx, server, path)
				}
			}
			failed <- failure
		})
	}
	for _, path := range paths {
		todo <- path
	}
	close(todo)
	group.Wait()
	close(failed)
	for failure := range failed {
		if failure != nil {
			err = failure
		}
	}
	return time.Since(started), requests + len(paths), err
}

// floorPaths lists all secrets below a directory.
func floorPaths(ctx context.Context, server *api.Client, directory string) (paths []string, requests int, err error) {
	listed, err := server.Logical().ListWithContext(ctx, "secret/metadata/"+directory)
	if err != nil || listed == nil {
		return nil, 1, err
	}
	requests = 1
	names, _ := listed.Data["keys"].([]any)
	for _, name := range names {
		path := directory + name.(string)
		if !strings.HasSuffix(path, "/") {
			paths = append(paths, path)
			continue
		}
		below, more, err := floorPaths(ctx, server, path)
		if err != nil {
			return nil, 0, err
		}
		paths, requests = append(paths, below...), requests+more
	}
	return paths, requests, nil
}

func floorRead(ctx context.Context, server *api.Client, path string) error {
	response, err := server.Logical().ReadRawWithContext(ctx, "secret/data/"+path)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return api.ErrSecretNotFound
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}
