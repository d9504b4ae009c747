package keystore_test

import (
	"os/exec"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/extract/keystore"
)

var _ = Describe("the value of a variable", func() {
	DescribeTable("is found", func(text, name string, expected ...string) {
		values, err := keystore.Assigned([]byte(text), name)
		Expect(err).NotTo(HaveOccurred())
		found := []string{}
		for _, value := range values {
			found = append(found, value.Reveal())
		}
		Expect(found).To(Equal(expected))
	},
		Entry(nil, "NAME=value", "NAME", "value"),
		Entry(nil, "export NAME=\"a value\"\n", "NAME", "a value"),
		Entry(nil, "  readonly NAME='a $value`'; echo", "NAME", "a $value`"),
		Entry(nil, "declare -r NAME=k0*l*s3cur1tyr0ck$\n", "NAME", "k0*l*s3cur1tyr0ck$"),
		Entry(nil, `NAME="a\"b\$c\\d\e"`, "NAME", `a"b$c\d\e`),
		Entry(nil, `NAME=a\ b\"c`, "NAME", `a b"c`),
		Entry(nil, "if x; then NAME=one; else NAME=two; fi; NAME=one", "NAME", "one", "two"),
		Entry(nil, "NAME=\nNAME=\"\"\nNAME=x", "NAME", "x"),
		Entry(nil, "# NAME=old\nOTHER_NAME=no\nNAME_OF=no\necho $NAME=no ${NAME:-no}\nNAME=yes", "NAME", "yes"),
		Entry(nil, `JAVA_OPTS="$JAVA_OPTS -Djavax.net.ssl.keyStorePassword=value -Dx=y"`, "javax.net.ssl.keyStorePassword", "value"),
		Entry(nil, `JAVA_OPTS="-Dp=value"`, "p", "value"),
		Entry(nil, `JAVA_OPTS="-Dp='a value'"`, "p", "a value"),
		Entry(nil, `{"args": ["-Dp=\"a value\"", "-Dq=x"]}`, "p", "a value"),
		Entry(nil, "ssl.keystore.password = value\r\n", "ssl.keystore.password", "value"),
		Entry(nil, "server:\n  key-store-password: value\n", "key-store-password", "value"),
		Entry(nil, "key_store_password: 'va''lue'", "key_store_password", "va"),
		Entry(nil, `<Certificate certificateKeystorePassword="k0*l*s3cur1tyr0ck$"/>`, "certificateKeystorePassword", "k0*l*s3cur1tyr0ck$"),
		Entry(nil, "jdbc:x?a=b&trustCertificateKeyStorePassword=123456&c=d", "trustCertificateKeyStorePassword", "123456"),
	)

	DescribeTable("is told to be missing, or computed", func(text, sentence string) {
		_, err := keystore.Assigned([]byte(text), "NAME")
		Expect(err).To(MatchError(ContainSubstring(sentence)))
	},
		Entry(nil, "", "no value"),
		Entry(nil, "NAME", "no value"),
		Entry(nil, "[ $NAME == x ]", "no value"),
		Entry(nil, "NAME=", "no value"),
		Entry(nil, "NAME=$OTHER", "computed"),
		Entry(nil, `NAME="${OTHER}"`, "computed"),
		Entry(nil, "NAME=$(cat file)", "computed"),
		Entry(nil, "NAME=`cat file`", "computed"),
		Entry(nil, "NAME=\"not closed\n", "computed"),
	)

	It("is the one that a shell gives", func() {
		for _, word := range []string{"plain", `"a b"`, `'a b'`, `a\ b`, `"a\"b"`, `'a\"b'`, `"a\nb"`, `a\$b`, `"a$"`, `'$x'`, `"\\"`, `a=b`, `a:b,c`, `"it's"`} {
			out, err := exec.Command("sh", "-c", "NAME="+word+"\nprintf %s \"$NAME\"").Output()
			Expect(err).NotTo(HaveOccurred())
			values, err := keystore.Assigned([]byte("NAME="+word+"\n"), "NAME")
			Expect(err).NotTo(HaveOccurred(), word)
			Expect(values[0].Reveal()).To(Equal(string(out)), word)
		}
	})
})
