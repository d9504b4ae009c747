package discover

import (
	"encoding/json"
	"errors"
	"io"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
)

// The keys of bosh-agent's settings that hold its certificate for NATS, and the CAs that it
// trusts there. In update_settings.json the first part is missing.
const (
	settingsKey = "env.bosh."
	agentCert   = "mbus.cert.certificate"
	agentCA     = "mbus.cert.ca"
)

// errSettings replaces the errors of encoding/json, which may quote the settings.
var errSettings = errors.New("it is not JSON as bosh-agent writes it")

// settings is the part of settings.json and update_settings.json that is read. Everything else
// in them, such as private keys and passwords, is skipped.
type settings struct {
	Env struct {
		Bosh struct {
			Mbus mbus `json:"mbus"`
		} `json:"bosh"`
	} `json:"env"`
	Mbus mbus `json:"mbus"`
}

// mbus says how to reach the agent. In settings.json it is also a URL at the top, which is
// skipped.
type mbus struct {
	Cert struct {
		CA          string `json:"ca"`
		Certificate string `json:"certificate"`
	} `json:"cert"`
}

// UnmarshalJSON reads an object, and ignores everything else.
func (m *mbus) UnmarshalJSON(data []byte) error {
	if data[0] != '{' {
		return nil
	}
	type object mbus
	return json.Unmarshal(data, (*object)(m))
}

// settings finds the certificates of bosh-agent in its settings.
func (r *reader) settings(file io.Reader, _ string, size, limit int64) (found.Result, error) {
	if size > limit {
		return found.Result{}, &limitError{limit: "max_file_size", bytes: limit, whole: true}
	}
	if !r.account.Spend(budget.Bytes, int(size)) {
		return found.Result{}, budget.ErrRefused
	}
	contents := make([]byte, size)
	defer clear(contents)
	n, err := fill(file, contents)
	if err != nil {
		return found.Result{}, err
	}
	var s settings
	if json.Unmarshal(contents[:n], &s) != nil {
		return found.Result{}, errSettings
	}
	// As in the agent, an update without a CA has no effect.
	if s.Mbus.Cert.CA != "" {
		return r.mbus("", s.Mbus), nil
	}
	return r.mbus(settingsKey, s.Env.Bosh.Mbus), nil
}

// mbus reads the two values. If the agent is a server itself, as on a VM of bosh create-env,
// the CA is the one of its clients.
func (r *reader) mbus(prefix string, m mbus) found.Result {
	result := r.setting(prefix+agentCert, m.Cert.Certificate, 1)
	for _, f := range result.Certificates {
		if f.Certificate.ServerAuth() {
			return result
		}
	}
	result.Add(r.setting(prefix+agentCA, m.Cert.CA, 2))
	return result
}

func (r *reader) setting(key, value string, group int) found.Result {
	result := r.extractor.Value([]byte(value))
	result.Clues = nil
	for i := range result.Certificates {
		f := &result.Certificates[i]
		f.Alias, f.Line, f.Form, f.Group, f.Run = key, 0, cert.PEMJSON, group, 0
	}
	for i := range result.Broken {
		result.Broken[i].Line, result.Broken[i].Reason = 0, key+": "+result.Broken[i].Reason
	}
	return result
}
