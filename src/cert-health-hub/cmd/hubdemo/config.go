package main

import (
	"fmt"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"
)

// configure writes the configuration of the hub.
func (a *act) configure() (string, error) {
	port, err := freePort()
	if err != nil {
		return "", err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	a.url = "http://" + address
	ca, err := os.ReadFile(a.places.CAFile)
	if err != nil {
		return "", err
	}
	hosts := []map[string]string{}
	for _, s := range a.places.Sites {
		hosts = append(hosts, map[string]string{"host": s.Host, "server_name": s.ServerName})
	}
	contents, err := yaml.Marshal(map[string]any{
		"listen":   map[string]any{"address": address, "insecure": true},
		"database": map[string]any{"url": "sqlite:" + filepath.Join(a.dir, "hub.db")},
		"login":    map[string]any{"none": true, "local": false},
		"agents":   map[string]any{"address": a.places.Agents, "certificate": a.places.HubCertificate, "private_key": a.places.HubKey, "client_ca": a.places.CAFile},
		"sources": []any{
			map[string]any{"name": "vault", "type": "vault", "address": os.Getenv("VAULT_ADDR"), "auth": map[string]any{"token": os.Getenv("VAULT_TOKEN")}, "paths": []string{"*"}},
			a.standIn("credhub", "credhub", a.places.CredHub), a.standIn("director", "director", a.places.Director), a.standIn("ops-manager", "opsman", a.places.OpsManager),
			map[string]any{"name": "sites", "type": "tls", "ca_cert": string(ca), "hosts": hosts},
		},
	})
	if err != nil {
		return "", err
	}
	file := filepath.Join(a.dir, "hub.yml")
	return file, os.WriteFile(file, contents, 0o600)
}

// standIn is the configuration of a source with a stand-in.
func (a *act) standIn(name, kind, address string) map[string]any {
	return map[string]any{"name": name, "type": kind, "address": address, "ca_cert": a.places.CAFile, "client_id": clientID, "client_secret": clientSecret}
}
