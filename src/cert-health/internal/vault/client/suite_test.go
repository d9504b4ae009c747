package client_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/vault/client"
)

func TestClient(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Vault client")
}

var (
	server *vaulttest.Server
	ctx    = context.Background()
	names  atomic.Int64
	// credentials are all that any spec has made: none of them may ever be printed.
	credentials sync.Map
)

var _ = BeforeSuite(func() {
	server = start(scenario.DevVaultOptions{TLS: true})
})

// start starts a Vault of its own for those specs that harm it.
func start(o scenario.DevVaultOptions) *vaulttest.Server {
	GinkgoHelper()
	started := vaulttest.Start(o)
	credential(started.Token)
	return started
}

// credential notes that a string must not be printed, and returns it.
func credential(text string) string {
	credentials.Store(text, true)
	return text
}

// name makes a name that no other spec has.
func name(of string) string { return fmt.Sprintf("%s-%d", of, names.Add(1)) }

func pair(name string) *scenario.Pair { return scenario.Issue(scenario.Spec{CommonName: name}) }

// policy makes a policy.
func policy(rules string) string {
	GinkgoHelper()
	name, err := server.NewPolicy(ctx, rules)
	Expect(err).NotTo(HaveOccurred())
	return name
}

// token makes a token that a policy limits.
func token(rules string, more map[string]any) string {
	GinkgoHelper()
	token, err := server.NewToken(ctx, rules, more)
	Expect(err).NotTo(HaveOccurred())
	return credential(token)
}

// method enables an auth method of its own for a spec.
func method(kind string) string {
	GinkgoHelper()
	name := name(kind)
	server.Write("sys/auth/"+name, map[string]any{"type": kind})
	return name
}

// revokeAll revokes all tokens that an auth method gave.
func revokeAll(method string) {
	GinkgoHelper()
	server.Write("sys/leases/revoke-prefix/auth/"+method+"/login", map[string]any{"sync": true})
}

// clock is the clock of a client, which a spec can move.
type clock struct {
	mutex sync.Mutex
	now   time.Time
}

func (c *clock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}

func (c *clock) advance(by time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.now = c.now.Add(by)
}

func options(auth client.Auth) client.Options {
	return client.Options{Address: server.Address, CACert: server.CACert, Auth: auth, MaxWait: time.Millisecond}
}

// ticking returns these options with a clock that the spec moves.
func ticking(auth client.Auth) (client.Options, *clock) {
	o, c := options(auth), &clock{now: time.Now()}
	o.Now = c.Now
	return o, c
}

func newClient(o client.Options) *client.Client {
	GinkgoHelper()
	c, err := client.New(o)
	Expect(err).NotTo(HaveOccurred())
	return c
}

// says checks an error: it is this sentence, in one line, without a credential. No credential is
// printed with the client either.
func says(o client.Options, c *client.Client, err error, sentence any) {
	GinkgoHelper()
	Expect(err).To(HaveOccurred())
	Expect(err.Error()).NotTo(ContainSubstring("\n"))
	keepsQuiet(o, c, err)
	if text, ok := sentence.(string); ok {
		sentence = Equal(text)
	}
	Expect(err.Error()).To(sentence.(OmegaMatcher))
}

func keepsQuiet(o client.Options, c *client.Client, err error) {
	GinkgoHelper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		for _, printed := range []any{o, &o, o.Auth, o.Auth.AppRole, c, err} {
			text := fmt.Sprintf(verb, printed)
			credentials.Range(func(secret, _ any) bool {
				// The text itself would be printed by a failure.
				Expect(strings.Contains(text, secret.(string))).To(BeFalse(), "%s of a %T prints a credential", verb, printed)
				return true
			})
		}
	}
}

// fails checks the error of the first log-in of a new client.
func fails(o client.Options, sentence any) {
	GinkgoHelper()
	c := newClient(o)
	says(o, c, c.Authenticate(ctx), sentence)
}

// file writes a file for a spec.
func file(contents string) string {
	GinkgoHelper()
	name := filepath.Join(GinkgoT().TempDir(), "file")
	rewrite(name, contents)
	return name
}

func rewrite(name, contents string) {
	GinkgoHelper()
	Expect(os.WriteFile(name, []byte(contents), 0o600)).To(Succeed())
}
