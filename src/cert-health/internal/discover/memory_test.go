//go:build !race

package discover_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/scenario"
)

// TestMemory scans a tree full of private keys in a process of its own, and searches
// all memory of that process for what is left of them. That includes the copies which
// the packages make that compute with them.
//
// With the race detector, sync.Pool drops buffers at random, and what is left in memory
// changes from run to run. scripts/test runs this test without it.
func TestMemory(t *testing.T) {
	if root := os.Getenv("CERT_HEALTH_SCANNED"); root != "" {
		searched(t, root)
		return
	}
	root := t.TempDir()
	files := scenario.Files{}
	var wanted strings.Builder
	for k, kind := range scenario.KeyKinds() {
		pair := scenario.Issue(scenario.Spec{CommonName: "x", Key: kind})
		for s, spelling := range append(pair.Spellings(), pair.Locked()...) {
			for w, wrapping := range scenario.Wrappings() {
				files[fmt.Sprintf("config/%d-%d-%d", k, s, w)] = wrapping.Wrap(pair.CertPEM() + spelling.PEM)
				for l, label := range []string{"CERTIFICATE", "PKCS7", "PKCS12", "X509 CRL"} {
					files[fmt.Sprintf("mislabelled/%d-%d-%d-%d", k, s, w, l)] = wrapping.Wrap(mislabelled(spelling.PEM, label))
				}
			}
			for l, label := range []string{"CERTIFICATE", "PKCS7", "PKCS12", "X509 CRL"} {
				text := mislabelled(spelling.PEM, label)
				files[fmt.Sprintf("lines/%d-%d-%d", k, s, l)] = `["` + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\",\n\"") + `"]`
			}
			if block, _ := pem.Decode([]byte(spelling.PEM)); block != nil {
				files[fmt.Sprintf("bare/%d-%d", k, s)] = "a: " + base64.StdEncoding.EncodeToString(block.Bytes) + "\nb: " + hex.EncodeToString(block.Bytes) + "\n"
				files[fmt.Sprintf("bare/%d-%d.der", k, s)] = string(block.Bytes)
			}
		}
		for _, secret := range pair.Secrets() {
			for _, trace := range traces(secret) {
				fmt.Fprintln(&wanted, hex.EncodeToString(scenario.Mask(trace)))
			}
		}
	}
	if err := (scenario.VM{Jobs: map[string]scenario.Files{"rep": files}}).Write(root); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, "var/vcap/bosh"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "var/vcap/bosh/settings.json"), agentSettings(&wanted), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(os.Args[0], "-test.run=^TestMemory$", "-test.v")
	// Without a garbage collection, unused memory keeps its contents. The runtime saves the
	// registers of a goroutine that it interrupts, in memory that no program can wipe: so it
	// does not interrupt any here.
	command.Env = append(os.Environ(), "CERT_HEALTH_SCANNED="+root, "GOGC=off", "GODEBUG=asyncpreemptoff=1")
	command.Stdin = strings.NewReader(wanted.String())
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// mislabelled is a private key under the label of something else.
func mislabelled(key, label string) string {
	return regexp.MustCompile(`(BEGIN|END) [A-Z ]*PRIVATE KEY`).ReplaceAllString(key, "${1} "+label)
}

// agentSettings are settings of bosh-agent, with private keys in the parts that are read and in
// others.
func agentSettings(wanted io.Writer) []byte {
	pair := scenario.Issue(scenario.Spec{CommonName: "agent", Client: true})
	for _, secret := range pair.Secrets() {
		for _, trace := range traces(secret) {
			fmt.Fprintln(wanted, hex.EncodeToString(scenario.Mask(trace)))
		}
	}
	password := []byte("a-password-of-the-blobstore")
	fmt.Fprintln(wanted, hex.EncodeToString(scenario.Mask(bytes.Clone(password))))
	escaped := func(text string) string { return strings.ReplaceAll(text, "\n", `\n`) }
	return fmt.Appendf(nil, `{"blobstore": {"options": {"password": "%s"}}, "env": {"bosh": {"mbus": {"cert": {"private_key": "%s", "certificate": "%s"}}}}}`,
		password, escaped(pair.KeyPEM()), escaped(pair.CertPEM()))
}

// traces are parts of a secret, as bytes and as base64 at every alignment. There are two of
// each, because the end of a line can split one of them.
func traces(secret []byte) [][]byte {
	list := [][]byte{bytes.Clone(secret[:16]), bytes.Clone(secret[len(secret)-16:])}
	for _, at := range []int{0, 1, 2, 12, 13, 14} {
		list = append(list, []byte(base64.StdEncoding.EncodeToString(secret[at:at+9])))
	}
	return list
}

// searched scans and searches.
func searched(t *testing.T, root string) {
	var wanted [][]byte
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		trace, err := hex.DecodeString(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		wanted = append(wanted, trace)
	}
	// What is there has to be found.
	read, err := filepath.Glob(filepath.Join(root, "var/vcap/data/jobs/rep/*/config/0-0-0"))
	if err != nil || len(read) != 1 {
		t.Fatal(read, err)
	}
	contents, err := os.ReadFile(read[0])
	if err != nil {
		t.Fatal(err)
	}
	if found := search(t, wanted); found == 0 {
		t.Fatal("a private key in the memory is not found")
	}
	clear(contents)
	inventory, err := discover.Scan(context.Background(), discover.Options{Root: root, Extra: discover.Own("agent")})
	if last := len(inventory.Deployed) - 1; last < 0 || inventory.Deployed[last].Locations[0].Class != cert.AgentFile {
		t.Fatal("bosh-agent's certificate was not found")
	}
	if err != nil || len(inventory.Mismatches) > 0 {
		t.Fatal(inventory.Mismatches, err)
	}
	if found := search(t, wanted); found > 0 {
		t.Errorf("%d of %d traces of private keys are left", found, len(wanted))
	}
}

// search counts which of the masked traces stand in the memory of this process.
func search(t *testing.T, wanted [][]byte) int {
	found, err := scenario.InMemory(wanted)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("this system does not show a process its memory: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}
