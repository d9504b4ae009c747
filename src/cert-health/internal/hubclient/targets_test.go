package hubclient_test

import (
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/hubclient"
	"cert-health/internal/secret"
)

var _ = Describe("the hubs of an operator", func() {
	It("are kept in a file that only the operator may read", func() {
		dir := GinkgoT().TempDir()
		file := must(hubclient.File(func(name string) string { return map[string]string{"XDG_CONFIG_HOME": dir}[name] }))
		Expect(file).To(Equal(filepath.Join(dir, "cert-health", "hub.json")))
		t := must(hubclient.Load(file))
		Expect(t.Find("")).To(BeNil())
		t.Put(hubclient.Target{Name: "prod", URL: "https://prod", Token: secret.New("t0ken")})
		t.Put(hubclient.Target{Name: "lab", URL: "https://lab"})
		Expect(t.Save()).To(Succeed())
		Expect(must(os.Stat(file)).Mode().Perm()).To(BeEquivalentTo(0o600))
		Expect(must(os.Stat(filepath.Dir(file))).Mode().Perm()).To(BeEquivalentTo(0o700))

		again := must(hubclient.Load(file))
		Expect(again.Find("").Name).To(Equal("lab"))
		Expect(again.Find("https://prod").Token.Reveal()).To(Equal("t0ken"))
		Expect(again.Remove("lab")).To(BeTrue())
		Expect(again.Find("")).To(BeNil())
		Expect(again.Remove("")).To(BeFalse())
	})

	It("are not read from a file that others can read, or that is damaged", func() {
		file := filepath.Join(GinkgoT().TempDir(), "hub.json")
		Expect(os.WriteFile(file, []byte("{"), 0o600)).To(Succeed())
		_, err := hubclient.Load(file)
		Expect(err).To(MatchError(ContainSubstring("is not valid JSON")))
		Expect(os.Chmod(file, 0o644)).To(Succeed())
		_, err = hubclient.Load(file)
		Expect(err).To(MatchError(ContainSubstring("run chmod 600 ")))
	})

	It("need a directory", func() {
		_, err := hubclient.File(func(string) string { return "" })
		Expect(err).To(MatchError(ContainSubstring("set HOME")))
		Expect(must(hubclient.File(func(name string) string { return map[string]string{"HOME": "/home/ann"}[name] }))).To(Equal("/home/ann/.config/cert-health/hub.json"))
	})
})
