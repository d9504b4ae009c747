// Package plugincontainer replaces Vault's way to run plugins in containers. A
// devvault has only the plugins that are compiled into it.
package plugincontainer

import (
	"errors"
	"os/exec"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin/runner"
)

// Config has the fields that Vault sets.
type Config struct {
	Image, Tag, SHA256, Runtime, CgroupParent string
	Entrypoint, Args, Env                     []string
	Labels                                    map[string]string
	GroupAdd                                  int
	NanoCpus, Memory                          int64
	CapIPCLock, Rootless                      bool
}

// NewContainerRunner always fails.
func (*Config) NewContainerRunner(hclog.Logger, *exec.Cmd, string) (runner.Runner, error) {
	return nil, errors.New("containers are not part of devvault")
}
