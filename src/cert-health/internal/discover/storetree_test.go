package discover_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/discover"
)

// password is not among the known passwords.
const password = "s3cret-pa$sword"

// storeTree is a VM whose job uaa has key stores.
type storeTree struct {
	root    string
	options discover.Options
}

func newStoreTree() *storeTree {
	root := GinkgoT().TempDir()
	return &storeTree{root, discover.Options{Root: root}}
}

func (t *storeTree) write(path, contents string) string {
	GinkgoHelper()
	full := filepath.Join(t.root, path)
	Expect(os.MkdirAll(filepath.Dir(full), 0o755)).To(Succeed())
	Expect(os.WriteFile(full, []byte(contents), 0o640)).To(Succeed())
	return full
}

// deploy writes a store where the job has its files.
func (t *storeTree) deploy(name, contents string) {
	GinkgoHelper()
	t.write("var/vcap/jobs/uaa/config/"+name, contents)
}

func (t *storeTree) scan() *discover.Inventory {
	GinkgoHelper()
	inventory, err := discover.Scan(context.Background(), t.options)
	Expect(err).NotTo(HaveOccurred())
	return inventory
}

// foundIn says where all certificates are: "CA: ca ca in a.jks:0 as jks".
func foundIn(inventory *discover.Inventory) []string {
	list := []string{}
	for _, deployed := range inventory.Deployed {
		for _, l := range deployed.Locations {
			list = append(list, fmt.Sprintf("%s: %s %s in %s:%d as %s", l.Alias, deployed.Role,
				deployed.Certificate.Name(), filepath.Base(l.File), l.Line, l.Form))
		}
	}
	return list
}

// expectLocked expects one key store whose password is not known, and which is not reported with
// a password.
func expectLocked(inventory *discover.Inventory) {
	GinkgoHelper()
	Expect(inventory.Files).To(Equal(discover.Files{Unreadable: 1}))
	Expect(inventory.Problems).To(ConsistOf(And(HaveField("Kind", discover.Locked),
		HaveField("Reason", ContainSubstring("no known password opens it")))))
	Expect(fmt.Sprint(inventory.Problems)).NotTo(ContainSubstring(password))
}
