package discover

import (
	"encoding/json"
	"errors"
	"io"

	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
)

// The keys of bosh-agent's settings under which its certificate for NATS stands, and the
// CAs that it trusts there. In update_settings.json the first part is missing.
const (
	settingsKey = "env.bosh."
	agentCert   = "mbus.cert.certificate"
	agentCA     = "mbus.cert.ca"
)

// errSettings is what is said of settings that are no JSON. What encoding/json says may
// quote them.
var errSettings = errors.New("it is no JSON such as bosh-agent writes")

// settings is all that is taken of settings.json and update_settings.json. Everything
// else in them, private keys and passwords, is passed over where it stands.
type settings struct {
	Env struct {
		Bosh struct {
			Mbus mbus `json:"mbus"`
		} `json:"bosh"`
	} `json:"env"`
	Mbus mbus `json:"mbus"`
}

// mbus is how the agent is reached. In settings.json it is a URL at the top, which is
// passed over as well.
type mbus struct {
	Cert struct {
		CA          string `json:"ca"`
		Certificate string `json:"certificate"`
	} `json:"cert"`
}

// UnmarshalJSON takes an object and nothing else.
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
	// As the agent does: an update without a CA has no say.
	if s.Mbus.Cert.CA != "" {
		return r.mbus("", s.Mbus), nil
	}
	return r.mbus(settingsKey, s.Env.Bosh.Mbus), nil
}

// mbus reads the two values. Where the agent is a server itself, as on a VM of bosh
// create-env, the CA is its clients' and not for it to use.
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
