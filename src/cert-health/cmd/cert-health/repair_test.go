package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/plan"
	"cert-health/internal/scenario"
)

var _ = Describe("repair, with a real Vault", Ordered, func() {
	var (
		story *scenario.Story
		root  string
		env   map[string]string
		ctx   = context.Background()
	)

	BeforeAll(func() {
		story, root = scenario.NewStory(time.Now()), GinkgoT().TempDir()
		_, env = storyVault(ctx, story)
		for _, vm := range story.VMs {
			if vm.Name == "cell" {
				Expect(vm.VM.Write(root)).To(Succeed())
			}
		}
	})

	files := func() map[string]string {
		GinkgoHelper()
		all := map[string]string{}
		Expect(filepath.WalkDir(filepath.Join(root, "var/vcap/data/jobs"), func(path string, entry os.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				contents, _ := os.ReadFile(path)
				all[path] = string(contents)
			}
			return err
		})).To(Succeed())
		return all
	}
	repair := func(args ...string) outcome { return call(env, append([]string{"repair", "--root", root}, args...)...) }
	// silent makes sure that an output holds no part of a key.
	silent := func(o outcome) {
		GinkgoHelper()
		for _, secret := range story.Secrets {
			for _, pair := range []*scenario.Pair{secret.Old, secret.New} {
				for _, line := range strings.Split(pair.KeyPEM(), "\n")[1:3] {
					Expect(o.out + o.err).NotTo(ContainSubstring(line))
				}
			}
		}
	}
	// deployed is a secret of which the VM has an old version.
	deployed := func() scenario.StorySecret {
		GinkgoHelper()
		at := slices.IndexFunc(story.Secrets, func(s scenario.StorySecret) bool { return strings.Contains(s.Path, "rep/server_cert") })
		Expect(at).To(BeNumerically(">=", 0))
		return story.Secrets[at]
	}
	var before map[string]string

	It("shows a plan, and changes nothing without a confirmation", func() {
		before = files()
		o := repair("--dry-run")
		Expect(o.code).To(Equal(exitOK), o.err)
		text := strings.Join(strings.Fields(o.out), " ")
		Expect(text).To(And(ContainSubstring("Repair 4 certificates in"), ContainSubstring("private key of"), ContainSubstring("pre-start is a script that BOSH runs before"), ContainSubstring("(version 2)"),
			ContainSubstring("the next deploy overwrites these files"), ContainSubstring("dry run: nothing was changed")))
		silent(o)
		o = repair()
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(ContainSubstring(plan.ErrUnattended.Error()))
		Expect(files()).To(Equal(before))
	})

	It("repairs all certificates that are expired or outdated", func() {
		o := repair("--yes", "--no-restart")
		Expect(o.code).To(Equal(exitOK), o.err)
		silent(o)
		Expect(o.out).To(ContainSubstring("done      write /var/vcap/jobs/rep/"))
		scan := call(env, "scan", "--root", root)
		Expect(scan.code).To(Equal(exitOK), scan.out)
		Expect(scan.out).To(ContainSubstring("all well"))
		o = repair("--yes")
		Expect(o.code).To(Equal(exitOK))
		Expect(o.out).To(ContainSubstring("Nothing to repair"))
	})

	It("undoes that, byte for byte, and says when there is nothing more to undo", func() {
		Expect(files()).NotTo(Equal(before))
		o := repair("--undo", "--yes", "--no-restart", "--format", "json")
		Expect(o.code).To(Equal(exitOK), o.err)
		var done plan.Outcome
		Expect(json.Unmarshal([]byte(o.out), &done)).To(Succeed())
		Expect(done.Results).To(HaveEach(HaveField("State", plan.Done)))
		Expect(files()).To(Equal(before))
		o = repair("--undo", "--yes")
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(ContainSubstring("there is nothing to undo"))
	})

	It("repairs the certificates that are named: by a name, a file, or the path of a secret", func() {
		secret := deployed()
		for _, named := range []string{secret.Old.X509.Subject.CommonName, "secret/" + secret.Path, secret.Old.Fingerprint().String()[:12]} {
			o := repair(named, "--dry-run")
			Expect(o.code).To(Equal(exitOK), o.err)
			Expect(o.out).To(ContainSubstring("Repair 1 certificate in"), named)
		}
		o := repair("nothing", "--dry-run")
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(ContainSubstring(`no certificate of this VM is "nothing"`))
	})

	It("takes certificate and key from files, without Vault", func() {
		secret := deployed()
		dir := GinkgoT().TempDir()
		certificate, key := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
		Expect(os.WriteFile(certificate, []byte(secret.New.CertPEM()), 0o600)).To(Succeed())
		Expect(os.WriteFile(key, []byte(secret.New.KeyPEM()), 0o600)).To(Succeed())
		o := call(nil, "repair", secret.Old.X509.Subject.CommonName, "--root", root, "--certificate", certificate, "--key", key, "--yes", "--no-restart")
		Expect(o.code).To(Equal(exitOK), o.err)
		silent(o)
		Expect(repair("--undo", "--yes", "--no-restart").code).To(Equal(exitOK))
		Expect(files()).To(Equal(before))

		Expect(os.WriteFile(key, []byte(secret.Old.KeyPEM()), 0o600)).To(Succeed())
		o = call(nil, "repair", secret.Old.X509.Subject.CommonName, "--root", root, "--certificate", certificate, "--key", key, "--yes")
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(ContainSubstring("the private key does not belong to the certificate"))
		silent(o)
	})

	It("says which expired certificates it cannot repair, and fails", func() {
		o := call(nil, "repair", "--root", root, "--yes")
		Expect(o.code).To(Equal(exitFindings))
		text := strings.Join(strings.Fields(o.out), " ")
		Expect(text).To(And(ContainSubstring("Nothing can be repaired"), ContainSubstring("no secret of Vault is known to be about it"), ContainSubstring("set VAULT_ADDR and log in")))
	})

	DescribeTable("refuses a wrong command line", func(said string, args ...string) {
		o := repair(args...)
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(ContainSubstring(said))
	},
		Entry("a key alone", "--key belongs to --certificate", "x", "--key", "k"),
		Entry("two sources", "are two sources", "x", "--certificate", "c", "--from", "secret/x"),
		Entry("a source without a name", "name it", "--from", "secret/x"),
		Entry("an undo of one certificate", "--undo brings back the last repair as a whole", "--undo", "x"),
		Entry("a time", "--wait must be at least 1s", "--wait", "1ms"),
	)
})
