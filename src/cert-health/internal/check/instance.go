package check

import (
	"cmp"
	"net"
	"os"
	"strings"

	securejoin "github.com/cyphar/filepath-securejoin"

	"cert-health/internal/report"
)

// instanceDir is where bosh-agent writes the identity of the VM; every user may read it.
const instanceDir = "/var/vcap/instance"

// Instance returns which VM this is: as configured, or else as bosh-agent wrote it to its
// files.
func (c *Checker) Instance() report.Instance {
	configured := c.Config.Instance
	return report.Instance{
		Deployment: cmp.Or(configured.Deployment, c.instanceFile("deployment")),
		Group:      cmp.Or(configured.Group, c.instanceFile("name")),
		ID:         cmp.Or(configured.ID, c.instanceFile("id")),
		AZ:         cmp.Or(configured.AZ, c.instanceFile("az")),
		Address:    cmp.Or(configured.Address, c.address()),
	}
}

func (c *Checker) instanceFile(name string) string {
	path, err := securejoin.SecureJoin(cmp.Or(c.Root, "/"), instanceDir+"/"+name)
	if err != nil {
		return ""
	}
	contents, err := os.ReadFile(path)
	if err != nil {
		return "" // not a BOSH VM, or one from before these files
	}
	return strings.TrimSpace(string(contents))
}

// address is this machine's first global IP address; empty with a root other than "/", as
// the files below it may be of another machine.
func (c *Checker) address() string {
	if c.Root != "" && c.Root != "/" {
		return ""
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok && network.IP.IsGlobalUnicast() {
			return network.IP.String()
		}
	}
	return ""
}
