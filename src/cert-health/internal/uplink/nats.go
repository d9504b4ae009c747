package uplink

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"cert-health/internal/atomicfile"
)

// natsFiles are the settings of bosh-agent: those with which the VM was made, on disk or in memory, and
// what the Director has sent since. Only root may read them, and a process with CAP_DAC_READ_SEARCH.
var natsFiles = [...]string{"/var/vcap/bosh/settings.json", "/var/vcap/bosh/settings/settings.json", "/var/vcap/bosh/update_settings.json"}

// natsPair is a certificate of bosh-agent for NATS, in PEM.
type natsPair struct {
	Certificate string `json:"certificate"`
	Key         string `json:"private_key"`
}

// natsSettings are the parts of both kinds of settings that have the certificate.
type natsSettings struct {
	Env struct {
		Bosh struct {
			MBus natsBus `json:"mbus"`
		} `json:"bosh"`
	} `json:"env"`
	MBus json.RawMessage `json:"mbus"` // a URL in the settings, a natsBus in the update
}

type natsBus struct {
	Cert natsPair `json:"cert"`
}

// readNATS reads the certificates of bosh-agent. No error contains anything of the files.
func readNATS(root string) ([]natsPair, error) {
	var pairs []natsPair
	for _, name := range natsFiles {
		contents, err := atomicfile.ReadRegular(filepath.Join("/", root, name), maxFile)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("bosh-agent's settings %s cannot be read: let the agent read all files (cert_health.read_all_files)", name)
		}
		var settings natsSettings
		if json.Unmarshal(contents, &settings) != nil {
			return nil, fmt.Errorf("bosh-agent's settings %s are not JSON of the expected form", name)
		}
		clear(contents)
		var update natsBus
		_ = json.Unmarshal(settings.MBus, &update) // a URL has no certificate
		for _, pair := range []natsPair{settings.Env.Bosh.MBus.Cert, update.Cert} {
			if pair.Certificate != "" && pair.Key != "" {
				pairs = append(pairs, pair)
			}
		}
	}
	return pairs, nil
}
