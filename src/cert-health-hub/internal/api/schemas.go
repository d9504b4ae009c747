package api

import (
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// schemaName is the name of a type in the OpenAPI document. Types of other packages have the name of the package in
// front, because several packages have a Step.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	switch of := path.Base(t.PkgPath()); of {
	case "rotation", "trust", "explain", "knowledge", "verdict":
		return strings.ToUpper(of[:1]) + of[1:] + strings.TrimPrefix(name, strings.ToUpper(of[:1])+of[1:])
	}
	return name
}
