package agent

import (
	"cmp"
	"net"
	"os"
	"strings"

	securejoin "github.com/cyphar/filepath-securejoin"

	"cert-health/internal/config"
)

// instanceDir is where bosh-agent writes who the VM is, readable to all.
const instanceDir = "/var/vcap/instance"

// instance tells which VM this is: as the configuration says or else as
// bosh-agent wrote it down.
func (c *Checker) instance() config.Instance {
	told := c.Config.Instance
	return config.Instance{
		Deployment: cmp.Or(told.Deployment, c.instanceFile("deployment")),
		Group:      cmp.Or(told.Group, c.instanceFile("name")),
		ID:         cmp.Or(told.ID, c.instanceFile("id")),
		AZ:         cmp.Or(told.AZ, c.instanceFile("az")),
		Address:    cmp.Or(told.Address, c.address()),
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

// address is this machine's first global IP address; another machine's tree
// says nothing of its.
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
