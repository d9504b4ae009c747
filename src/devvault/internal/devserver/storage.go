package devserver

import (
	log "github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/sdk/physical"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

// storage is the memory that the cores of one server share.
type storage struct {
	backend physical.Backend
	locks   physical.HABackend // nil without a standby
	logger  log.Logger
}

func newStorage(opts Options) (storage, error) {
	s := storage{logger: log.New(&log.LoggerOptions{Level: log.Off})}
	var err error
	if s.backend, err = inmem.NewInmem(nil, s.logger); err != nil || !opts.Standby {
		return s, err
	}
	locks, err := inmem.NewInmemHA(nil, s.logger)
	if err != nil {
		return s, err
	}
	s.locks = locks.(physical.HABackend)
	return s, nil
}

func (s storage) newCore() (*vault.Core, error) {
	config := &vault.CoreConfig{
		Physical:           s.backend,
		LogicalBackends:    secretEngines(),
		CredentialBackends: authMethods(),
		BuiltinRegistry:    registry{},
		Logger:             s.logger,
		DisableMlock:       true,
		DisableSSCTokens:   true,
	}
	if s.locks != nil {
		config.HAPhysical, config.RedirectAddr = s.locks, deadAddress
	}
	return vault.NewCore(config)
}
