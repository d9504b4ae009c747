package doomsday

import (
	"errors"
	"fmt"

	"gopkg.in/yaml.v3"
)

// file is what Doomsday reads. It ignores keys that it does not know, so this does too.
type file struct {
	Backends      []backend     `yaml:"backends"`
	Server        server        `yaml:"server"`
	Notifications notifications `yaml:"notifications"`
}

// backend is a store. Properties has the keys of all types.
type backend struct {
	Type            string     `yaml:"type"`
	Name            string     `yaml:"name"`
	RefreshInterval int        `yaml:"refresh_interval"` // minutes
	Properties      properties `yaml:"properties"`
}

type properties struct {
	Address            string   `yaml:"address"`
	InsecureSkipVerify bool     `yaml:"insecure_skip_verify"`
	CACerts            string   `yaml:"ca_certs"`
	Namespace          string   `yaml:"namespace"`
	BasePath           string   `yaml:"base_path"`
	Trace              bool     `yaml:"trace"`
	Auth               auth     `yaml:"auth"`
	Hosts              []string `yaml:"hosts"`
	Timeout            int      `yaml:"timeout"` // seconds
}

type auth struct {
	Token        string `yaml:"token"`
	RoleID       string `yaml:"role_id"`
	SecretID     string `yaml:"secret_id"`
	GrantType    string `yaml:"grant_type"`
	ClientID     string `yaml:"client_id"`
	ClientSecret string `yaml:"client_secret"`
	Username     string `yaml:"username"`
	Password     string `yaml:"password"`
}

type server struct {
	Port int `yaml:"port"`
	TLS  struct {
		Cert string `yaml:"cert"`
		Key  string `yaml:"key"`
	} `yaml:"tls"`
	Auth struct {
		Type       string `yaml:"type"`
		Properties struct {
			Username string `yaml:"username"`
			Timeout  int    `yaml:"timeout"` // minutes
			Refresh  bool   `yaml:"refresh"`
		} `yaml:"properties"`
	} `yaml:"auth"`
}

type notifications struct {
	DoomsdayURL string `yaml:"doomsday_url"`
	Backend     struct {
		Type       string `yaml:"type"`
		Properties struct {
			Webhook  string `yaml:"webhook"`
			URL      string `yaml:"url"`
			Username string `yaml:"username"`
			Topic    string `yaml:"topic"`
		} `yaml:"properties"`
	} `yaml:"backend"`
	Schedule struct {
		Type       string `yaml:"type"`
		Properties struct {
			Interval int    `yaml:"interval"` // minutes
			Spec     string `yaml:"spec"`
		} `yaml:"properties"`
	} `yaml:"schedule"`
}

// read parses a file. Its error quotes no value, because a value may be a secret.
func read(contents []byte) (file, error) {
	var f file
	err := yaml.Unmarshal(contents, &f)
	if wrong := (*yaml.TypeError)(nil); errors.As(err, &wrong) {
		return f, fmt.Errorf("read the configuration of Doomsday: %d values are of the wrong kind", len(wrong.Errors))
	}
	if err != nil {
		return f, errors.New("read the configuration of Doomsday: it is not valid YAML")
	}
	if len(f.Backends) == 0 {
		return f, errors.New("read the configuration of Doomsday: it has no backends")
	}
	return f, nil
}
