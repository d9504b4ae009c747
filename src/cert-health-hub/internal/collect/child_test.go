package collect_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/collect"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/source/vault"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

// child returns a command that runs a collector in a process of its own.
func child(path, address, engine string) *exec.Cmd {
	command := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.v")
	// Without a garbage collection, unused memory keeps its contents. The runtime saves the
	// registers of a goroutine that it interrupts, in memory that no program can wipe.
	command.Env = append(os.Environ(), "CHILD_DB="+path, "CHILD_ENGINE="+engine, "VAULT_ADDR="+address, "VAULT_CACERT="+server.CACert,
		"VAULT_TOKEN="+server.Token, "GOGC=off", "GODEBUG=asyncpreemptoff=1")
	return command
}

// TestChild collects until its input ends, and then searches its own memory for what was in the input.
func TestChild(t *testing.T) {
	path := os.Getenv("CHILD_DB")
	if path == "" {
		t.Skip("a spec starts this test in a process of its own")
	}
	log := slog.New(slog.NewTextHandler(os.Stdout, nil))
	store, err := db.Open(context.Background(), "sqlite:"+path, log)
	if err == nil {
		err = store.Migrate(context.Background())
	}
	if err != nil {
		t.Fatal(err)
	}
	made, err := vault.New("v", vault.Options{Paths: []string{os.Getenv("CHILD_ENGINE")}, Client: client.Options{Address: os.Getenv("VAULT_ADDR"),
		CACert: os.Getenv("VAULT_CACERT"), Concurrency: 2, Auth: client.Auth{Token: secret.New(os.Getenv("VAULT_TOKEN"))}}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := collect.New(collect.Options{Store: store, Policy: catalog.DefaultPolicy(), Log: log,
		Sources: []collect.Source{{Name: "v", Type: vault.Type, Interval: time.Second, Source: made}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Run(ctx)
	}()
	wanted, of := masked(t)
	waitFor(t, c)
	stop()
	<-ended
	left := map[int]bool{}
	for i := range search(t, wanted) {
		left[of[i]] = true
	}
	if len(left) > inBuffers {
		t.Errorf("traces of %d of %d secrets are left: %v", len(left), secretsToRead, left)
	}
	planted := scenario.Mask(append([]byte(nil), wanted[0]...))
	if !search(t, wanted[:1])[0] {
		t.Error("a private key in the memory is not found")
	}
	clear(planted)
}

// masked reads the traces of private keys from the input: number and masked bytes.
func masked(t *testing.T) (wanted [][]byte, of []int) {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var number int
		var digits string
		if _, err := fmt.Sscan(lines.Text(), &number, &digits); err != nil {
			t.Fatal(err)
		}
		trace, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatal(err)
		}
		wanted, of = append(wanted, trace), append(of, number)
	}
	return wanted, of
}

// waitFor waits until the catalog has all certificates.
func waitFor(t *testing.T, c *collect.Collector) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for changed := c.Watch(ctx); c.View().List(catalog.Query{}).Total < secretsToRead; {
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatal("the catalog does not have the certificates")
		}
	}
}

func search(t *testing.T, wanted [][]byte) map[int]bool {
	found, err := scenario.InMemory(wanted)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("this system does not show a process its memory: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Some of the secrets are in the buffers of TLS, which grow with the first answers and keep the last
// one: no program can wipe them. Usually these are 3 to 6; on a busy machine there are more connections
// and more buffers. A reader that wipes nothing leaves traces of all secrets.
const (
	secretsToRead = 40
	inBuffers     = secretsToRead / 2
)

var _ = Describe("private keys in the secrets", func() {
	It("are neither in the memory after a collection, nor in the database, nor in the log", func() {
		engine, path := server.Engine(2), file()
		var input strings.Builder
		var traces []string
		for i := range secretsToRead {
			p := scenario.Issue(scenario.Spec{CommonName: fmt.Sprintf("x%d", i), Key: scenario.RSA})
			contents := p.Safe()
			contents["nested"] = map[string]any{"tls": []any{map[string]any{"text": p.KeyPEM()}}}
			contents["password"] = fmt.Sprintf("the-password-of-%d-", i)
			server.WriteSecret(engine, fmt.Sprint(i), contents)
			of := []string{contents["password"].(string)}
			for n, line := range strings.Split(p.KeyPEM(), "\n")[2:] {
				if n%6 == 0 && len(line) > 40 && !strings.HasPrefix(line, "-") {
					of = append(of, line[8:32])
				}
			}
			for _, trace := range of {
				fmt.Fprintln(&input, i, hex.EncodeToString(scenario.Mask([]byte(trace))))
			}
			traces = append(traces, of...)
		}
		command := child(path, server.Address, engine)
		command.Stdin = strings.NewReader(input.String())
		out, err := command.CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), string(out))
		written := string(out)
		files, err := os.ReadDir(dir(path))
		Expect(err).NotTo(HaveOccurred())
		for _, f := range files {
			contents, err := os.ReadFile(dir(path) + "/" + f.Name())
			Expect(err).NotTo(HaveOccurred())
			written += string(contents)
		}
		Expect(len(written)).To(BeNumerically(">", 50_000))
		for _, trace := range traces {
			Expect(strings.Contains(written, trace)).To(BeFalse(), "a part of a private key was written")
		}
	})
})

func dir(path string) string { return path[:strings.LastIndexByte(path, '/')] }
