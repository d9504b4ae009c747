package spec_test

import (
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// recorder replaces the BOSH CLI. It records its arguments, and the files that the
// real CLI reads in the release's directory.
const recorder = `#!/bin/sh
set -eu
seen=$(dirname "$0")
echo "$@" >"$seen/arguments"
while [ "$1" != --dir ]; do shift; done
git rev-parse --short HEAD >"$seen/commit"
git status --porcelain >"$seen/status"
cp "$2/config/blobs.yml" "$seen/blobs.yml"
sha256sum "$2"/blobs/*/* >"$seen/digest"
ls "$2" "$2/src" "$2/src/cert-health" >"$seen/tree"
while [ "$1" != --tarball ]; do shift; done
echo packed >"$2"
`

var _ = Describe("packing where the BOSH CLI is installed", func() {
	It("lists Go as a blob, because the CLI deletes other blobs, and passes the commit of this tree", func() {
		seen := GinkgoT().TempDir()
		Expect(os.WriteFile(filepath.Join(seen, "bosh"), []byte(recorder), 0o700)).To(Succeed())
		output := filepath.Join(seen, "release.tgz")
		command := release(output)
		command.Env = append(command.Env, "PATH="+seen+":"+os.Getenv("PATH"))
		out, err := command.CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), string(out))

		was := func(name string) string {
			contents, err := os.ReadFile(filepath.Join(seen, name))
			Expect(err).NotTo(HaveOccurred())
			return strings.TrimSpace(string(contents))
		}
		Expect(was("arguments")).To(MatchRegexp(`create-release --dir \S+ --force --version ` + strings.ReplaceAll(packedVersion, "+", `\+`) + ` --tarball ` + output))
		Expect(was("release.tgz")).To(Equal("packed"))
		Expect(was("commit")).To(Equal(releaseManifest().CommitHash))
		Expect(was("status")).To(Equal(status()))
		Expect(was("tree")).To(And(ContainSubstring("packages"), ContainSubstring("vendor")))
		digest, path, _ := strings.Cut(was("digest"), " ")
		Expect(was("blobs.yml")).To(HavePrefix("golang/" + filepath.Base(path) + ":"))
		Expect(was("blobs.yml")).To(HaveSuffix("sha: sha256:" + digest))
	})
})
