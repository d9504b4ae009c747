package spec_test

import (
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

// put writes a secret into the KV engine of version 2 that a Vault in dev mode has.
func (s server) put(paths ...string) {
	GinkgoHelper()
	for _, path := range paths {
		request, err := http.NewRequest("PUT", s.address+"/v1/secret/data/"+path, strings.NewReader(`{"data": {"word": "secret"}}`))
		Expect(err).NotTo(HaveOccurred())
		request.Header.Set("X-Vault-Token", s.token)
		response, err := http.DefaultClient.Do(request)
		Expect(err).NotTo(HaveOccurred())
		defer response.Body.Close()
		Expect(response).To(HaveHTTPStatus(http.StatusOK))
	}
}

var vaultProgram = once(func() string {
	binary := filepath.Join(suiteDir, "vault")
	out, err := run("go", "build", "-o", binary, "./cmd/vault")
	Expect(err).NotTo(HaveOccurred(), out)
	return binary
})
