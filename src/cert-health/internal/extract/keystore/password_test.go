package keystore_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/extract/keystore"
	"cert-health/internal/secret"
)

var _ = Describe("Find", func() {
	files := map[string]string{
		"/f/password": "from a file\r\n",
		"/f/huge":     strings.Repeat("x", 2000),
		"/f/ctl":      "#!/bin/bash\nexport KEY_STORE_PASSWORD=\"from a $cript\"\nexport OTHER=$(cat x)\n",
		"/var/vcap/jobs/credhub/tmp/var-store": "export KEY_STORE_PASSWORD=one\nexport MTLS_TRUST_STORE_PASSWORD=two\n" +
			"export TRUST_STORE_PASSWORD=three\n",
		"/var/vcap/jobs/kafka/config/server.properties": "ssl.keystore.location=x\nssl.keystore.password=four\nssl.truststore.password=five\n",
	}
	read := func(path string) ([]byte, error) {
		contents, found := files[path]
		if !found {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
		return []byte(contents), nil
	}
	plain := func(secrets []secret.Value) []string {
		texts := []string{}
		for _, password := range secrets {
			texts = append(texts, password.Reveal())
		}
		return texts
	}

	It("finds the passwords of a store in their order, each once", func() {
		passwords := []keystore.Password{
			{Glob: "/elsewhere/*", Literal: secret.New("not this")},
			{Glob: "/s/*", Literal: secret.New("literal")},
			{Glob: "/s/*.jks", File: "/f/password"},
			{Glob: "/s/*.jks", Literal: secret.New("literal")},
			{Glob: "/s/**", Literal: secret.New("")},
		}
		found, problems := keystore.Find(read, passwords, "/s/store.jks")
		Expect(problems).To(BeEmpty())
		Expect(plain(found)).To(Equal([]string{"literal", "from a file", ""}))
	})

	It("goes on behind what cannot be had, and says what to do", func() {
		passwords := []keystore.Password{
			{Glob: "**/*", File: "/f/none"},
			{Glob: "**/*", File: "/f/huge"},
			{Glob: "**/*", Script: "/f/none", Variable: "X"},
			{Glob: "**/*", Script: "/f/ctl", Variable: "KEY_STORE_PASSWORD"},
			{Glob: "**/*", Script: "/f/ctl", Variable: "MISSING"},
			{Glob: "**/*", Literal: secret.New("last")},
		}
		found, problems := keystore.Find(read, passwords, "/s")
		Expect(plain(found)).To(Equal([]string{"last"}))
		Expect(problems).To(HaveLen(5))
		Expect(problems[0]).To(MatchError(fs.ErrNotExist))
		Expect(problems[1]).To(MatchError("read the password in /f/huge: it has more than 1024 bytes"))
		Expect(problems[3]).To(MatchError(And(HavePrefix("read KEY_STORE_PASSWORD in /f/ctl: its value is computed"), Not(ContainSubstring("cript")))))
		Expect(problems[4]).To(MatchError("read MISSING in /f/ctl: no value is assigned to it there"))
	})

	DescribeTable("knows the stores that everybody has", func(path string, expected ...string) {
		found, _ := keystore.Find(read, keystore.Known(), path)
		Expect(plain(found)).To(Equal(append(expected, "changeit", "")))
	},
		Entry(nil, "/var/vcap/data/uaa/uaa_keystore.p12", "k0*l*s3cur1tyr0ck$"),
		Entry(nil, "/var/vcap/data/uaa/cert-cache/cacerts"),
		Entry(nil, "/var/vcap/jobs/credhub/config/cacerts.jks", "one"),
		Entry(nil, "/var/vcap/jobs/credhub/config/mtls_trust_store.jks", "two"),
		Entry(nil, "/var/vcap/jobs/credhub/config/trust_store.jks", "three"),
		Entry(nil, "/var/vcap/jobs/scheduler/config/certs/scheduler_db/cacerts", "123456"),
		Entry(nil, "/var/vcap/jobs/kafka/config/generated.keystore.jks", "four"),
		Entry(nil, "/var/vcap/jobs/kafka/config/generated.truststore.jks", "five"),
		Entry(nil, "relative.jks"),
	)

	It("knows only what is given as configuration has to give it", func() {
		for _, password := range keystore.Known() {
			Expect(password.Check()).To(Succeed(), password.Glob)
		}
	})
})

var _ = Describe("Check", func() {
	DescribeTable("says what is wrong", func(password keystore.Password, sentence string) {
		Expect(password.Check()).To(MatchError(ContainSubstring(sentence)))
	},
		Entry(nil, keystore.Password{Glob: "*.jks", Literal: secret.New("x")}, `write "**/*.jks"`),
		Entry(nil, keystore.Password{Glob: "**/*", Literal: secret.New("x"), File: "/f"}, "one of"),
		Entry(nil, keystore.Password{Glob: "**/*", File: "/f", Script: "/s", Variable: "X"}, "one of"),
		Entry(nil, keystore.Password{Glob: "**/*", Script: "/s"}, "set both script and variable"),
		Entry(nil, keystore.Password{Glob: "**/*", Variable: "X"}, "set both script and variable"),
		Entry(nil, keystore.Password{Glob: "**/*", File: "f"}, "absolute"),
	)
})

var _ = Describe("a secret", func() {
	It("prints as stars, whatever is asked for", func() {
		given := keystore.Password{Glob: "/g", Literal: secret.New("hunter2")}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%08b", "%T"} {
			for _, value := range []any{given, &given, given.Literal, []secret.Value{given.Literal}} {
				Expect(fmt.Sprintf(verb, value)).NotTo(Or(ContainSubstring("hunter2"), ContainSubstring("68756e74")), verb)
			}
		}
		encoded, err := json.Marshal(given)
		Expect(err).NotTo(HaveOccurred())
		Expect(string(encoded)).To(ContainSubstring(`"Literal":"***"`))
		Expect(errors.New(given.Literal.String())).To(MatchError("***"))
	})
})
