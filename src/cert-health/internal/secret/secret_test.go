package secret_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"gopkg.in/yaml.v3"

	"cert-health/internal/secret"
)

func TestSecret(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Secret")
}

const hunter2 = "hunter2"

type exported struct{ Password secret.Value }

type unexported struct{ password secret.Value }

// shapes are the ways in which a program holds a value.
func shapes() map[string]any {
	value := secret.New(hunter2)
	return map[string]any{
		"value":                 value,
		"pointer":               &value,
		"exported field":        exported{value},
		"pointer to a struct":   &exported{value},
		"unexported field":      unexported{value},
		"pointer to unexported": &unexported{value},
		"slice":                 []secret.Value{value},
		"array":                 [1]secret.Value{value},
		"map":                   map[string]secret.Value{"password": value},
		"key of a map":          map[secret.Value]string{value: "x"},
		"nested":                map[string][]*unexported{"password": {{value}}},
		"error":                 fmt.Errorf("log in with %v: %w", value, errors.New("no")),
	}
}

// shown is the text in every way in which a verb may print it.
func shown() []string {
	return []string{hunter2, fmt.Sprintf("%x", hunter2), fmt.Sprintf("%X", hunter2), fmt.Sprintf("% x", hunter2), fmt.Sprint([]byte(hunter2))}
}

var _ = DescribeTable("a value under a verb", func(verb string) {
	for name, shape := range shapes() {
		printed := fmt.Sprintf(verb, shape)
		for _, text := range shown() {
			Expect(printed).NotTo(ContainSubstring(text), "%s of %s", verb, name)
		}
	}
},
	Entry(nil, "%v"), Entry(nil, "%+v"), Entry(nil, "%#v"), Entry(nil, "%T"),
	Entry(nil, "%s"), Entry(nil, "%q"), Entry(nil, "%+q"), Entry(nil, "%#q"), Entry(nil, "%10.3s"),
	Entry(nil, "%x"), Entry(nil, "%X"), Entry(nil, "% x"), Entry(nil, "%#x"),
	Entry(nil, "%d"), Entry(nil, "%b"), Entry(nil, "%o"), Entry(nil, "%O"), Entry(nil, "%t"), Entry(nil, "%p"), Entry(nil, "%#p"),
	Entry(nil, "%c"), Entry(nil, "%U"), Entry(nil, "%e"), Entry(nil, "%f"), Entry(nil, "%g"), Entry(nil, "%w"), Entry(nil, "%z"), Entry(nil, "%!"),
)

var _ = DescribeTable("a value in an encoding", func(encode func(any) ([]byte, error)) {
	for name, shape := range shapes() {
		encoded, _ := encode(shape) // not every encoding takes every shape
		for _, text := range shown() {
			Expect(string(encoded)).NotTo(ContainSubstring(text), name)
		}
	}
	encoded, err := encode(exported{secret.New(hunter2)})
	Expect(err).NotTo(HaveOccurred())
	Expect(string(encoded)).To(ContainSubstring("***"))
},
	Entry("JSON", json.Marshal),
	Entry("YAML", func(value any) ([]byte, error) { return yaml.Marshal(value) }),
	Entry("XML", xml.Marshal),
	Entry("a structured log", func(value any) ([]byte, error) {
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
		return log.Bytes(), nil
	}),
)

var _ = Describe("a value", func() {
	It("is revealed on request only", func() {
		Expect(secret.New(hunter2).Reveal()).To(Equal(hunter2))
		Expect(secret.New(hunter2).String()).To(Equal("***"))
		Expect(secret.Value{}.Reveal()).To(BeEmpty())
		Expect(secret.Value{}.String()).To(Equal("***"), "an empty password is not told from another")
	})

	It("is compared by its text", func() {
		Expect(secret.New("a").Equal(secret.New("a"))).To(BeTrue())
		Expect(secret.New("a").Equal(secret.New("b"))).To(BeFalse())
		Expect(secret.New("") == secret.Value{}).To(BeTrue())
		Expect(secret.New("").IsZero()).To(BeTrue())
		Expect(secret.New("a").IsZero()).To(BeFalse())
	})

	It("is read from YAML and JSON", func() {
		var fromYAML, fromJSON exported
		Expect(yaml.Unmarshal([]byte("password: "+hunter2), &fromYAML)).To(Succeed())
		Expect(json.Unmarshal([]byte(`{"Password": "hunter2"}`), &fromJSON)).To(Succeed())
		Expect(fromYAML.Password.Reveal()).To(Equal(hunter2))
		Expect(fromJSON.Password.Reveal()).To(Equal(hunter2))
	})
})
