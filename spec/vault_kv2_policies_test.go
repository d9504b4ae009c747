package spec_test

import (
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// policy returns one of the manifests' policies, for one deployment.
func policy(name, deployment string) string {
	GinkgoHelper()
	return strings.ReplaceAll(read("manifests", "vault-policy-"+name+".hcl"), "DEPLOYMENT", deployment)
}

// The roles are for the deployments cf and concourse. The name of one foreign deployment
// begins with "cf". The directories of the paths are secrets too, which belong to no deployment.
var (
	directory      = []string{"cf"}
	secrets        = []string{"cf/router", "cf/diego/cell/rep", "concourse/web"}
	foreign        = []string{"cf-two/router", "other/db", "shared"}
	indexes        = []string{"cert-health/index/cf/-", "cert-health/index/cf/0-of-4", "cert-health/index/concourse/-"}
	foreignIndexes = []string{"cert-health/index/cf-two/-", "cert-health/index/-"}
	everything     = slices.Concat(directory, secrets, foreign, indexes, foreignIndexes)
)

var _ = Describe("Vault's policies, for a KV engine of version 2", Ordered, func() {
	var (
		s                                       server
		variables                               map[string]string
		agent, agentOfOne, data, publisher, hub string
	)

	BeforeAll(func() {
		s = startVault()
		s.do("POST", "sys/mounts/lab", object{"type": "kv", "options": object{"version": "2"}})
		for _, mount := range []string{"secret", "lab"} {
			for _, path := range slices.Concat(directory, secrets, foreign) {
				for version := 1; version <= 3; version++ {
					s.do("PUT", mount+"/data/"+path, object{"data": object{"key": private + fmt.Sprint(path, version)}})
				}
				s.do("PUT", mount+"/metadata/"+path, object{"custom_metadata": object{"cert-health.0": "1"}})
			}
			for _, path := range slices.Concat(indexes, foreignIndexes) {
				s.do("PUT", mount+"/metadata/"+path, object{"custom_metadata": object{"cert-health.0": "1"}})
			}
		}
		variables = s.approle("cf", "concourse")
		agent, publisher = s.login(variables, "/cert_health"), s.login(variables, "cert_health_publisher")
		agentOfOne = s.holder("agent-of-cf", policy("agent", "cf"))
		data = s.holder("agent-data", policy("agent-data", "cf"))
		hub = s.holder("cert-health-hub", policy("hub", ""))
	})

	// expect makes all attempts at all paths, in the engine of the policies and in another.
	expect := func(token string, expected rights) (leaks []string) {
		GinkgoHelper()
		granted, leaks := s.tryAll(token, attempts, "secret", everything...)
		Expect(granted).To(Equal(expected))
		granted, leaked := s.tryAll(token, attempts, "lab", everything...)
		Expect(granted).To(BeEmpty(), "the policies allow nothing in another engine")
		Expect(leaked).To(BeEmpty())
		return leaks
	}

	It("let an agent read the public data of its deployments, and no value of any version through any part of the API", func() {
		Expect(expect(agent, together(
			each(directory, "list metadata"),
			each(secrets, "list metadata", "read metadata"),
			each(indexes, "read metadata"),
		))).To(BeEmpty())
	})

	It("let the agent of one deployment read nothing of other deployments, not even metadata", func() {
		Expect(expect(agentOfOne, together(
			each(directory, "list metadata"),
			each(secrets[:2], "list metadata", "read metadata"),
			each(indexes[:2], "read metadata"),
		))).To(BeEmpty())
	})

	It("let the hub read the public data of all deployments, and no value", func() {
		Expect(expect(hub, each(everything, "list metadata", "read metadata"))).To(BeEmpty())
	})

	It("let an agent in mode data read values of all versions, as the policy warns, and write nothing", func() {
		Expect(expect(data, together(
			each(directory, "list metadata"),
			each(secrets[:2], "list metadata", "read data", "read data 1", "read data 2", "read data 3"),
		))).NotTo(BeEmpty())
	})

	It("let the publisher read values and write custom_metadata, and not create, change or delete a secret or a version", func() {
		Expect(expect(publisher, together(
			each(directory, "list metadata"),
			each(secrets, "list metadata", "read metadata", "read data", "read data 1", "read data 2", "read data 3",
				"patch custom_metadata", "write custom_metadata"),
			each(indexes, "read metadata", "create custom_metadata", "patch custom_metadata", "write custom_metadata", "delete metadata"),
		))).NotTo(BeEmpty())
	})

	It("let the publisher do its work, although allowed_parameters restricts it", func() {
		custom := object{"custom_metadata": object{"cert-health.1": "2"}}
		for _, allowed := range []attempt{
			{"", "GET", "metadata/cf/router", nil}, {"", "LIST", "metadata/cf", nil}, {"", "GET", "data/cf/router", nil},
			{"", "PATCH", "metadata/cf/router", custom}, {"", "PUT", "metadata/cf/router", custom},
			{"", "PUT", "metadata/cert-health/index/cf/0-of-8", custom}, {"", "PATCH", "metadata/cert-health/index/cf/0-of-8", custom},
			{"", "GET", "metadata/cert-health/index/cf/0-of-8", nil}, {"", "DELETE", "metadata/cert-health/index/cf/0-of-8", nil},
		} {
			as[object](s.ask(publisher, allowed.method, "secret/"+allowed.path, allowed.data))
		}
	})

	It("cannot be bypassed with another spelling of a path", func() {
		detours := []string{
			"secret/metadata/../data/cf/router", "secret/metadata/cf/../../data/cf/router", "secret/metadata/%2e%2e/data/cf/router",
			"secret/metadata/cf%2f..%2f..%2fdata%2fcf%2frouter", "secret/metadata//../data/cf/router", "secret//data/cf/router",
			"secret/data//cf/router", "secret/data%2fcf%2frouter", "secret/Data/cf/router", "secret/metadata/cf/router/../../../data/cf/router",
		}
		for _, detour := range detours {
			for _, token := range []string{agent, hub} {
				Expect(s.ask(token, "GET", detour, nil).body).NotTo(ContainSubstring(private), detour)
			}
		}
		Expect(s.ask(s.token, "GET", "secret//data/cf/router", nil).body).To(ContainSubstring(private), "some of these spellings work with all rights")
	})

	It("give the capabilities that Vault names", func() {
		parts := func(token, path string) (found []string) {
			for _, part := range []string{"data", "subkeys", "delete", "undelete", "destroy", "metadata"} {
				at := "secret/" + part + "/" + path
				found = append(found, part+": "+strings.Join(s.capabilities(token, at)[at], " "))
			}
			return found
		}
		capabilities := func(data, metadata string) []string {
			return []string{"data: " + data, "subkeys: deny", "delete: deny", "undelete: deny", "destroy: deny", "metadata: " + metadata}
		}
		for _, path := range secrets {
			Expect(parts(agent, path)).To(Equal(capabilities("deny", "list read")))
			Expect(parts(publisher, path)).To(Equal(capabilities("read", "list patch read update")))
		}
		for _, path := range indexes {
			Expect(parts(agent, path)).To(Equal(capabilities("deny", "read")))
			Expect(parts(publisher, path)).To(Equal(capabilities("deny", "create delete patch read update")))
		}
		for _, path := range slices.Concat(foreign, foreignIndexes) {
			Expect(parts(agent, path)).To(Equal(capabilities("deny", "deny")))
			Expect(parts(publisher, path)).To(Equal(capabilities("deny", "deny")))
		}
		for _, path := range everything {
			Expect(parts(hub, path)).To(Equal(capabilities("deny", "list read")))
		}
	})

	It("allow beside the secrets only what the programs need for their tokens and secret ids", func() {
		around := func(role, secretID string) (all []attempt) {
			try := func(what, method, path string, data any) { all = append(all, attempt{what, method, path, data}) }
			try("look up itself", "GET", "auth/token/lookup-self", nil)
			try("renew itself", "PUT", "auth/token/renew-self", nil)
			try("ask where its paths are", "GET", "sys/internal/ui/mounts/secret/cf", nil)
			try("look up its secret id", "PUT", "auth/approle/role/"+role+"/secret-id/lookup", object{"secret_id": variables[secretID]})

			for _, name := range []string{"cert-health", "cert-health-publisher"} {
				at := "auth/approle/role/" + name
				if name != role {
					try("look up "+name+"'s secret id", "PUT", at+"/secret-id/lookup", object{"secret_id": "x"})
				}
				try("make a secret id of "+name, "PUT", at+"/secret-id", nil)
				try("list secret ids of "+name, "LIST", at+"/secret-id", nil)
				try("destroy a secret id of "+name, "PUT", at+"/secret-id/destroy", object{"secret_id": "x"})
				try("read the role id of "+name, "GET", at+"/role-id", nil)
				try("read the role "+name, "GET", at, nil)
				try("change the role "+name, "PUT", at, object{"token_policies": "root"})
				try("read the policy "+name, "GET", "sys/policies/acl/"+name, nil)
				try("change the policy "+name, "PUT", "sys/policies/acl/"+name, object{"policy": policy("hub", "")})
			}
			try("use a cubbyhole", "PUT", "cubbyhole/x", object{"a": "b"})
			try("revoke itself", "PUT", "auth/token/revoke-self", nil)
			try("make a token", "PUT", "auth/token/create", nil)
			try("ask where others are", "GET", "sys/internal/ui/mounts/lab/cf", nil)
			try("list the secrets of an engine", "LIST", "secret/metadata", nil)
			try("read an engine's settings", "GET", "secret/config", nil)
			try("change an engine's settings", "PUT", "secret/config", object{"max_versions": 1})
			try("list engines", "GET", "sys/mounts", nil)
			try("move an engine", "PUT", "sys/remount", object{"from": "secret", "to": "lab/secret"})
			try("remove an engine", "DELETE", "sys/mounts/secret", nil)
			return all
		}
		needed := []string{"look up itself", "renew itself", "ask where its paths are", "look up its secret id"}
		for role, variable := range map[string]string{"cert-health": "/cert_health_secret_id", "cert-health-publisher": "cert_health_publisher_secret_id"} {
			token := s.login(variables, strings.TrimSuffix(variable, "_secret_id"))
			granted, _ := s.tryAll(token, func(_, _ string) []attempt { return around(role, variable) }, "", "")
			Expect(granted[""]).To(ConsistOf(needed), role)
		}
	})
})
