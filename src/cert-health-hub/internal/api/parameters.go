package api

import (
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"cert-health/hub/internal/catalog"
)

// listParameters describe catalog.Query. Package catalog reads them, so huma must not.
func listParameters() []*huma.Param {
	text, several := textParameter, severalParameter
	choice := func(name, description string) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: description, Schema: &huma.Schema{Type: huma.TypeBoolean}}
	}
	return []*huma.Param{
		text("q", "words that all occur in a name, number, fingerprint or path", "router"),
		several("source", "name of a source", nil),
		several("type", "type of a source", []any{"vault", "credhub", "opsman", "director", "tls"}),
		text("path", "path of an item, and everything below it; with a slash at the end, only what is below", "secret/cf"),
		several("state", "without it, all but history", anys(catalog.States())),
		text("within", "ends within this time, or has ended", "30d"),
		text("beyond", "ends later than that", "1y"),
		choice("expired", "has ended"),
		choice("ca", "is a CA"),
		choice("acknowledged", "is acknowledged now"),
		{Name: "sort", In: "query", Description: "order; a minus in front reverses it", Schema: &huma.Schema{Type: huma.TypeString, Enum: sortEnum(), Default: "not_after"}},
		text("after", "the next of the page before", ""),
		{Name: "limit", In: "query", Description: "certificates of a page", Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: number(1), Maximum: number(catalog.MaxLimit), Default: catalog.DefaultLimit}},
	}
}

func textParameter(name, description, example string) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: description, Schema: &huma.Schema{Type: huma.TypeString}, Example: example}
}

func severalParameter(name, description string, enum []any) *huma.Param {
	explode := true
	return &huma.Param{Name: name, In: "query", Description: description + "; may be repeated", Explode: &explode,
		Schema: &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString, Enum: enum}}}
}

func anys[T ~string](list []T) []any {
	all := make([]any, len(list))
	for i, item := range list {
		all[i] = string(item)
	}
	return all
}

func sortEnum() []any {
	keys := anys(catalog.SortKeys())
	for _, key := range catalog.SortKeys() {
		keys = append(keys, "-"+string(key))
	}
	return keys
}

func number(n float64) *float64 { return &n }

// openAnswers lets answers have more keys in later versions. A request with an unknown key is refused.
func (s *service) openAnswers() {
	requests := []string{"Credentials", "DeviceCode", "NewAck", "NewToken"}
	for name, schema := range s.api.OpenAPI().Components.Schemas.Map() {
		if !slices.Contains(requests, name) {
			schema.AdditionalProperties = nil
		}
	}
}
