package client_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

// secretsToRead is how many secrets the process reads whose memory is searched. Up to inBuffers of them may
// be in the buffers of TLS, which grow with the first answers and keep the last one: no program can wipe
// them. Three or four are usual.
const (
	secretsToRead = 40
	inBuffers     = 8
)

var _ = Describe("the memory of a process that has read secrets", func() {
	It("contains no private key and no password but in the buffers of its connection", func() {
		engine := server.Engine(2)
		var wanted strings.Builder
		for i := range secretsToRead {
			p := scenario.Issue(scenario.Spec{CommonName: "x", Key: scenario.RSA})
			contents := p.Safe()
			contents["nested"] = map[string]any{"tls": []any{map[string]any{"text": p.KeyPEM()}}, "list": []string{p.KeyPEM()}}
			contents["encoded"] = base64.StdEncoding.EncodeToString([]byte(p.KeyPEM() + p.CertPEM()))
			contents["password"] = fmt.Sprintf("the-password-of-%d-", i)
			server.WriteSecret(engine, fmt.Sprint(i), contents)
			for _, trace := range append(keyTraces(p), []byte(contents["password"].(string))) {
				fmt.Fprintln(&wanted, i, hex.EncodeToString(scenario.Mask(trace)))
			}
		}
		command := exec.Command(os.Args[0], "-test.run=^TestMemoryOfSecrets$", "-test.v")
		// Without a garbage collection, unused memory keeps its contents. The runtime saves the
		// registers of a goroutine that it interrupts, in memory that no program can wipe.
		command.Env = append(os.Environ(), "CERT_HEALTH_ENGINE="+engine, "VAULT_ADDR="+server.Address, "VAULT_CACERT="+server.CACert,
			"VAULT_TOKEN="+server.Token, "GOGC=off", "GODEBUG=asyncpreemptoff=1")
		command.Stdin = strings.NewReader(wanted.String())
		out, err := command.CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), string(out))
	})
})

// keyTraces are lines of the PEM of a private key, and parts of their base64.
func keyTraces(p *scenario.Pair) (traces [][]byte) {
	for _, line := range strings.Split(p.KeyPEM(), "\n")[2:] { // the first line is that of every key
		if len(line) > 40 && !strings.HasPrefix(line, "-") {
			traces = append(traces, []byte(line[8:32]))
		}
	}
	return traces
}

// TestMemoryOfSecrets reads secrets, and searches its own memory for what is left of them.
func TestMemoryOfSecrets(t *testing.T) {
	engine := os.Getenv("CERT_HEALTH_ENGINE")
	if engine == "" {
		t.Skip("a spec starts this test in a process of its own")
	}
	var wanted [][]byte
	var of []int
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
	planted := scenario.Mask(bytes.Clone(wanted[0]))
	if !found(t, wanted)[0] {
		t.Fatal("a private key in the memory is not found")
	}
	clear(planted)
	c, err := client.New(client.Options{Address: os.Getenv("VAULT_ADDR"), CACert: os.Getenv("VAULT_CACERT"), Auth: client.Auth{Token: secret.New(os.Getenv("VAULT_TOKEN"))}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Authenticate(context.Background()); err != nil {
		t.Fatal(err)
	}
	var w client.Reader
	for i := range secretsToRead {
		read, err := c.ReadSecret(context.Background(), client.Mount{Path: engine + "/", Version: 2}, fmt.Sprint(i), 0, &w)
		if err != nil || len(read.Contents) == 0 {
			t.Fatal(read, err)
		}
	}
	left := map[int]int{}
	for i := range found(t, wanted) {
		left[of[i]]++
	}
	if len(left) > inBuffers {
		t.Errorf("traces of %d of %d secrets are left: %v", len(left), secretsToRead, left)
	}
}

// found returns which of the masked traces stand in the memory of this process.
func found(t *testing.T, wanted [][]byte) map[int]bool {
	found, err := scenario.InMemory(wanted)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("this system does not show a process its memory: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return found
}
