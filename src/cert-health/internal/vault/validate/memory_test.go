package validate_test

import (
	"bufio"
	"bytes"
	"context"
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
	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/validate"
)

// secretsToRead is how many secrets the process reads whose memory is searched. Up to inBuffers of them may be in the
// buffers of its connection, which no program can wipe.
const (
	secretsToRead = 40
	inBuffers     = 8
)

var _ = Describe("the memory of a process that has validated secrets", func() {
	It("contains no private key but in the buffers of its connection", func() {
		server := vaulttest.Start(scenario.DevVaultOptions{TLS: true})
		var wanted strings.Builder
		for i := range secretsToRead {
			p := scenario.Issue(scenario.Spec{CommonName: "x", Key: scenario.RSA})
			server.WriteSecret("secret", fmt.Sprint("tree/", i), p.Safe())
			for _, line := range strings.Split(p.KeyPEM(), "\n")[2:] { // the first line is that of every key
				if len(line) > 40 && !strings.HasPrefix(line, "-") {
					fmt.Fprintln(&wanted, i, hex.EncodeToString(scenario.Mask([]byte(line[8:32]))))
				}
			}
		}
		command := exec.Command(os.Args[0], "-test.run=^TestMemoryOfKeys$", "-test.v")
		// Without a garbage collection, unused memory keeps its contents. The runtime saves the registers of a goroutine
		// that it interrupts, in memory that no program can wipe.
		command.Env = append(os.Environ(), "CERT_HEALTH_TREE=secret/tree", "VAULT_ADDR="+server.Address, "VAULT_CACERT="+server.CACert,
			"VAULT_TOKEN="+server.Token, "GOGC=off", "GODEBUG=asyncpreemptoff=1")
		command.Stdin = strings.NewReader(wanted.String())
		out, err := command.CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), string(out))
	})
})

// TestMemoryOfKeys validates secrets, and searches its own memory for what is left of their private keys.
func TestMemoryOfKeys(t *testing.T) {
	tree := os.Getenv("CERT_HEALTH_TREE")
	if tree == "" {
		t.Skip("a spec starts this test in a process of its own")
	}
	wanted, of := traces(t)
	planted := scenario.Mask(bytes.Clone(wanted[0]))
	if !inMemory(t, wanted)[0] {
		t.Fatal("a private key in the memory is not found")
	}
	clear(planted)
	c, err := client.New(client.Options{Address: os.Getenv("VAULT_ADDR"), CACert: os.Getenv("VAULT_CACERT"), Concurrency: 1, Auth: client.Auth{Token: secret.New(os.Getenv("VAULT_TOKEN"))}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Authenticate(context.Background()); err != nil {
		t.Fatal(err)
	}
	reader := &validate.Reader{Client: c, Max: 1000}
	found, err := reader.Read(context.Background(), []validate.Base{{Path: tree, Tree: true}})
	if err != nil || len(found.Secrets) != secretsToRead {
		t.Fatal(len(found.Secrets), found.Problems, err)
	}
	for _, f := range validate.Describe(found.Secrets, found.Beside, validate.Options{}) {
		if f.PrivateKey != validate.Matches {
			t.Fatal(f.Path, f.PrivateKey)
		}
	}
	left := map[int]int{}
	for i := range inMemory(t, wanted) {
		left[of[i]]++
	}
	if len(left) > inBuffers {
		t.Errorf("traces of %d of %d private keys are left: %v", len(left), secretsToRead, left)
	}
}

// traces reads the masked traces of private keys, and to which secret each of them belongs.
func traces(t *testing.T) (wanted [][]byte, of []int) {
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

// inMemory tells which of the masked traces stand in the memory of this process.
func inMemory(t *testing.T, wanted [][]byte) map[int]bool {
	found, err := scenario.InMemory(wanted)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("this system does not show a process its memory: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return found
}
