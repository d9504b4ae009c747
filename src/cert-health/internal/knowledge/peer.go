package knowledge

import (
	"net"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"cert-health/internal/strict"
)

// ConfigPeer is another program as a configuration file names it: its address, and the files for the connection.
type ConfigPeer struct {
	Key         string // the beginning of the keys: "bbs" of bbs_address and bbs_ca_cert_file
	Host        string
	Port        uint16
	CA          string // a file
	Certificate string // a file; empty without one
}

// The bounds of a configuration file.
const (
	maxConfig = 1 << 20
	maxPeers  = 200
	maxNodes  = 50_000
)

// Peers finds the peers in a configuration file in JSON or YAML. A peer has, in one mapping and with one beginning of
// the keys, an address and a file with a CA: bbs_address, bbs_ca_cert_file, bbs_client_cert_file. Values that are
// certificates themselves are not looked at, and no value of another key is kept.
func Peers(contents []byte) []ConfigPeer {
	var document yaml.Node
	if len(contents) > maxConfig || yaml.Unmarshal(contents, &document) != nil {
		return nil
	}
	f := &peers{}
	f.node(&document)
	return f.found
}

type peers struct {
	found []ConfigPeer
	nodes int
}

func (f *peers) node(n *yaml.Node) {
	if f.nodes++; f.nodes > maxNodes || len(f.found) >= maxPeers || n.Kind == yaml.AliasNode {
		return
	}
	if n.Kind == yaml.MappingNode {
		f.mapping(n)
	}
	for _, below := range n.Content {
		f.node(below)
	}
}

// mapping gathers the keys of a mapping by their beginnings.
func (f *peers) mapping(n *yaml.Node) {
	var order []string
	byKey := map[string]*ConfigPeer{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		begin, kind := kindOf(key)
		if kind == "" || value.Kind != yaml.ScalarNode || len(value.Value) > 1000 || strings.Contains(value.Value, "\n") {
			continue
		}
		p := byKey[begin]
		if p == nil {
			p = &ConfigPeer{Key: begin}
			byKey[begin] = p
			order = append(order, begin)
		}
		p.set(kind, value.Value)
	}
	for _, begin := range order {
		if p := byKey[begin]; p.Host != "" && p.CA != "" {
			f.found = append(f.found, *p)
		}
	}
}

// kindOf divides a key: "bbs_ca_cert_file" is the CA of "bbs".
func kindOf(key string) (begin, kind string) {
	key = strings.ToLower(strings.NewReplacer("-", "_", ".", "_").Replace(key))
	for _, end := range []struct{ word, kind string }{
		{"ca_cert_file", "ca"}, {"ca_certs_file", "ca"}, {"ca_cert_path", "ca"}, {"ca_file", "ca"}, {"ca_path", "ca"}, {"ca_certs", "ca"}, {"ca_cert", "ca"}, {"cacert", "ca"}, {"ca", "ca"},
		{"client_cert_file", "certificate"}, {"client_cert_path", "certificate"}, {"client_certificate", "certificate"}, {"client_cert", "certificate"}, {"cert_file", "certificate"}, {"cert_path", "certificate"},
		{"certificate", "certificate"}, {"cert", "certificate"},
		{"api_url", "address"}, {"server_url", "address"}, {"hostname", "address"}, {"address", "address"}, {"endpoint", "address"}, {"host", "address"}, {"addr", "address"}, {"url", "address"}, {"uri", "address"},
		{"port", "port"},
	} {
		if key == end.word {
			return "", end.kind
		}
		if begin, found := strings.CutSuffix(key, "_"+end.word); found {
			return begin, end.kind
		}
	}
	return "", ""
}

func (p *ConfigPeer) set(kind, value string) {
	switch kind {
	case "ca":
		if path.IsAbs(value) {
			p.CA = path.Clean(value)
		}
	case "certificate":
		if path.IsAbs(value) {
			p.Certificate = path.Clean(value)
		}
	case "port":
		if port, err := strconv.ParseUint(value, 10, 16); err == nil && p.Port == 0 {
			p.Port = uint16(port)
		}
	case "address":
		host, port := hostOf(value)
		if host != "" && p.Host == "" {
			p.Host = host
			if port != 0 {
				p.Port = port
			}
		}
	}
}

// hostOf is the host and the port of an address or a URL. A user and a password in it are dropped.
func hostOf(value string) (string, uint16) {
	host, portText := value, ""
	if parsed, err := url.Parse(value); err == nil && parsed.Host != "" {
		if parsed.Scheme == "http" {
			return "", 0
		}
		host, portText = parsed.Hostname(), parsed.Port()
		if portText == "" && parsed.Scheme == "https" {
			portText = "443"
		}
	} else if h, p, err := net.SplitHostPort(value); err == nil {
		host, portText = h, p
	}
	port, _ := strconv.ParseUint(portText, 10, 16)
	if host == "" || strings.ContainsAny(host, "/ @:") && !strings.Contains(host, "::") || slices.Contains([]string{"0.0.0.0", "::"}, host) {
		return "", 0
	}
	return host, uint16(port)
}

// PeerEdges are the edges of the peers that a file of a job names. The server's job is known only if an edge of known
// accepts connections on that port.
func PeerEdges(job, file string, contents []byte, known []Edge) (edges []Edge) {
	for _, p := range Peers(contents) {
		var server *Edge
		for i := range known {
			if p.Port != 0 && known[i].Server.Port == p.Port && (slices.Contains(known[i].Client.Jobs, job) || server == nil) {
				server = &known[i]
			}
		}
		if server == nil || slices.Contains(server.Client.Jobs, job) {
			continue
		}
		own := Edge{Name: job + "-" + strings.Join(server.Server.Jobs, "-") + "-" + strconv.Itoa(int(p.Port)), Server: server.Server,
			Client:  EdgeClient{Jobs: strict.Strings{job}, Trusts: strict.Strings{exactly(FileOf(job, p.CA))}},
			Learned: "the file " + FileOf(job, file) + " of " + job + " names " + p.Host + ", and a known server accepts connections on port " + strconv.Itoa(int(p.Port))}
		if p.Certificate != "" {
			own.Client.Certificate = strict.Strings{exactly(FileOf(job, p.Certificate))}
		}
		own.Server.Names = strict.Strings{p.Host}
		own.Server.AnyName = false
		edges = append(edges, own)
	}
	return edges
}

// exactly is a glob that matches one file.
func exactly(file string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "{", `\{`).Replace(file)
}
