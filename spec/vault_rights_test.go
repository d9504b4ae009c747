package spec_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
)

// private is the beginning of each secret value in these specs.
const private = "this value is private: "

// attempt is one request to Vault, with a name.
type attempt struct {
	what, method, path string
	data               any
}

// attempts lists the requests that are possible at a path of a KV engine of version 2,
// through every part of its API.
func attempts(mount, path string) (all []attempt) {
	try := func(what, method, part string, data any) {
		all = append(all, attempt{what, method, mount + "/" + part, data})
	}
	versions := object{"versions": []int{1, 3}}
	try("read data", "GET", "data/"+path, nil)
	try("read subkeys", "GET", "subkeys/"+path, nil)
	for number := 1; number <= 3; number++ {
		try(fmt.Sprintf("read data %d", number), "GET", fmt.Sprintf("data/%s?version=%d", path, number), nil)
		try(fmt.Sprintf("read subkeys %d", number), "GET", fmt.Sprintf("subkeys/%s?version=%d", path, number), nil)
	}
	try("list data", "LIST", "data/"+path, nil)
	try("write data", "PUT", "data/"+path, object{"data": object{"word": "other"}})
	try("create data", "PUT", "data/"+path+"-new", object{"data": object{"word": "other"}})
	try("patch data", "PATCH", "data/"+path, object{"data": object{"word": "other"}})
	try("delete data", "DELETE", "data/"+path, nil)
	try("delete versions", "PUT", "delete/"+path, versions)
	try("undelete versions", "PUT", "undelete/"+path, versions)
	try("destroy versions", "PUT", "destroy/"+path, versions)

	try("read metadata", "GET", "metadata/"+path, nil)
	try("list metadata", "LIST", "metadata/"+path, nil)
	for _, setting := range []object{
		{"custom_metadata": object{"cert-health.0": "1"}}, {"max_versions": 1}, {"cas_required": true}, {"delete_version_after": "1s"},
	} {
		for name := range setting {
			try("write "+name, "PUT", "metadata/"+path, setting)
			try("patch "+name, "PATCH", "metadata/"+path, setting)
			try("create "+name, "PUT", "metadata/"+path+"-new", setting)
		}
	}
	both := object{"custom_metadata": object{"cert-health.0": "1"}, "max_versions": 1}
	try("write both", "PUT", "metadata/"+path, both)
	try("patch both", "PATCH", "metadata/"+path, both)
	try("delete metadata", "DELETE", "metadata/"+path, nil)
	return all
}

// attemptsKV1 lists the requests that are possible at a path of a KV engine of version 1.
func attemptsKV1(mount, path string) []attempt {
	at := mount + "/" + path
	return []attempt{
		{"read", "GET", at, nil},
		{"list", "LIST", at, nil},
		{"write", "PUT", at, object{"word": "public"}},
		{"create", "PUT", at + "-new", object{"word": "public"}},
		{"patch", "PATCH", at, object{"word": "public"}},
		{"delete", "DELETE", at, nil},
	}
}

// rights are the names of the allowed attempts, by path.
type rights map[string][]string

// tryAll makes every attempt at every path. It returns the attempts that Vault did not
// refuse, and the requests whose responses contain a secret value.
func (s server) tryAll(token string, attempts func(mount, path string) []attempt, mount string, paths ...string) (granted rights, leaks []string) {
	GinkgoHelper()
	granted = rights{}
	for _, path := range paths {
		for _, a := range attempts(mount, path) {
			answer := s.ask(token, a.method, a.path, a.data)
			if answer.status != http.StatusForbidden {
				granted[path] = append(granted[path], a.what)
			}
			if strings.Contains(answer.body, private) {
				leaks = append(leaks, a.method+" "+a.path)
			}
		}
		slices.Sort(granted[path])
	}
	return granted, leaks
}

// capabilities asks Vault what a token may do at paths of its API.
func (s server) capabilities(token string, paths ...string) rights {
	GinkgoHelper()
	answer := as[struct{ Data rights }](s.ask(token, "PUT", "sys/capabilities-self", object{"paths": paths}))
	delete(answer.Data, "capabilities") // repeats the first path
	return answer.Data
}

// each gives the same rights to every path.
func each(paths []string, words ...string) rights {
	slices.Sort(words)
	granted := rights{}
	for _, path := range paths {
		granted[path] = words
	}
	return granted
}

func together(all ...rights) rights {
	sum := rights{}
	for _, some := range all {
		for path, words := range some {
			sum[path] = words
		}
	}
	return sum
}
