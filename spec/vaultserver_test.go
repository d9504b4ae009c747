package spec_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"
)

// server is a real Vault.
type server struct{ address, token string }

// startVault starts the Vault that scripts/build-devvault builds.
func startVault() server {
	GinkgoHelper()
	out, err := run(filepath.Join(root, "scripts", "build-devvault"))
	Expect(err).NotTo(HaveOccurred(), out)
	command := exec.Command(filepath.Join(root, "bin", "devvault"), "server", "-dev", "-dev-listen-address", "127.0.0.1:0")
	session, err := gexec.Start(command, nil, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { session.Kill().Wait("10s") })
	Eventually(session.Out, "30s").Should(gbytes.Say(`Root Token: \S+\n`))
	words := strings.Fields(string(session.Out.Contents())) // Api Address: URL Root Token: TOKEN
	return server{address: words[2], token: words[5]}
}

// reply is what Vault answers to one request.
type reply struct {
	status int
	body   string
}

// as is a part of the reply's body, decoded.
func as[T any](r reply) (answer T) {
	GinkgoHelper()
	Expect(r.status).To(BeNumerically("<", 300), r.body)
	if r.body != "" {
		Expect(json.Unmarshal([]byte(r.body), &answer)).To(Succeed(), r.body)
	}
	return answer
}

// ask makes one request of Vault's API.
func (s server) ask(token, method, path string, data any) reply {
	GinkgoHelper()
	body, err := json.Marshal(data)
	Expect(err).NotTo(HaveOccurred())
	request, err := http.NewRequest(method, s.address+"/v1/"+path, strings.NewReader(string(body)))
	Expect(err).NotTo(HaveOccurred())
	request.Header.Set("X-Vault-Token", token)
	if method == "PATCH" {
		request.Header.Set("Content-Type", "application/merge-patch+json")
	}
	response, err := http.DefaultClient.Do(request)
	Expect(err).NotTo(HaveOccurred())
	defer response.Body.Close()
	contents, err := io.ReadAll(response.Body)
	Expect(err).NotTo(HaveOccurred())
	return reply{response.StatusCode, string(contents)}
}

// object is what JSON calls one.
type object = map[string]any

// do is ask with the root token, where it must succeed.
func (s server) do(method, path string, data any) {
	GinkgoHelper()
	as[object](s.ask(s.token, method, path, data))
}

// put writes a secret into the KV engine of version 2 that a Vault in dev mode has.
func (s server) put(paths ...string) {
	GinkgoHelper()
	for _, path := range paths {
		s.do("PUT", "secret/data/"+path, object{"data": object{"word": "secret"}})
	}
}

// authenticated is what Vault says to whom it gives a token.
type authenticated struct {
	Auth struct {
		Token string `json:"client_token"`
	}
}

// login is a token by AppRole, from variables with a prefix that the set-up script printed.
func (s server) login(variables map[string]string, prefix string) string {
	GinkgoHelper()
	ids := object{"role_id": variables[prefix+"_role_id"], "secret_id": variables[prefix+"_secret_id"]}
	return as[authenticated](s.ask("", "PUT", "auth/approle/login", ids)).Auth.Token
}

// holder is a token with a policy and no other.
func (s server) holder(name, policy string) string {
	GinkgoHelper()
	s.do("PUT", "sys/policies/acl/"+name, object{"policy": policy})
	return as[authenticated](s.ask(s.token, "PUT", "auth/token/create", object{"policies": []string{name}, "no_default_policy": true})).Auth.Token
}

var vaultProgram = once(func() string {
	binary := filepath.Join(suiteDir, "vault")
	out, err := run("go", "build", "-o", binary, "./cmd/vault")
	Expect(err).NotTo(HaveOccurred(), out)
	return binary
})
