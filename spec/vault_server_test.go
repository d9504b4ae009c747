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

// server is a running Vault.
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

// reply is the response of Vault to one request.
type reply struct {
	status int
	body   string
}

// as decodes the body of a reply, which must be a success.
func as[T any](r reply) (answer T) {
	GinkgoHelper()
	Expect(r.status).To(BeNumerically("<", 300), r.body)
	if r.body != "" {
		Expect(json.Unmarshal([]byte(r.body), &answer)).To(Succeed(), r.body)
	}
	return answer
}

// ask makes one request to Vault's API.
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

// object is a JSON object.
type object = map[string]any

// do makes a request with the root token. It must succeed.
func (s server) do(method, path string, data any) {
	GinkgoHelper()
	as[object](s.ask(s.token, method, path, data))
}

// put writes secrets to the KV engine of version 2 that Vault has in dev mode.
func (s server) put(paths ...string) {
	GinkgoHelper()
	for _, path := range paths {
		s.do("PUT", "secret/data/"+path, object{"data": object{"word": "secret"}})
	}
}

// authenticated is the part of a response that contains a token.
type authenticated struct {
	Auth struct {
		Token string `json:"client_token"`
	}
}

// login logs in with AppRole and returns the token. The set-up script printed the variables,
// which begin with the prefix.
func (s server) login(variables map[string]string, prefix string) string {
	GinkgoHelper()
	ids := object{"role_id": variables[prefix+"_role_id"], "secret_id": variables[prefix+"_secret_id"]}
	return as[authenticated](s.ask("", "PUT", "auth/approle/login", ids)).Auth.Token
}

// holder makes a token that has only the given policy.
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
