package api

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/fleet"
)

// pageOf is the page of a list behind the token of the page before, and the token of the next. A list
// may change between two pages: the token has the ID of the last one, and its place in case it is gone.
func pageOf[T any](q fleetQuery, list []T, id func(T) string) (page []T, next string, err error) {
	start := 0
	if q.after != "" {
		if start, err = behind(q.after, list, id); err != nil {
			return nil, "", badParameter("after", err.Error())
		}
	}
	end := min(start+q.limit, len(list))
	if end < len(list) {
		next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(end) + " " + id(list[end-1])))
	}
	return list[start:end], next, nil
}

func behind[T any](token string, list []T, id func(T) string) (int, error) {
	decoded, _ := base64.RawURLEncoding.DecodeString(token)
	place, last, _ := strings.Cut(string(decoded), " ")
	n, err := strconv.Atoi(place)
	if err != nil || n < 1 || last == "" {
		return 0, fmt.Errorf("it is not a token of a page; begin again at the first page")
	}
	if at := slices.IndexFunc(list, func(one T) bool { return id(one) == last }); at >= 0 {
		return at + 1, nil
	}
	return min(n, len(list)), nil
}

// fleetParameters describe the query of /v1/fleet.
func fleetParameters() []*huma.Param {
	return append([]*huma.Param{
		textParameter("q", "words that all occur in a name, the path of a secret, a fingerprint, an instance group or a deployment", "rep"),
		severalParameter("deployment", "name of a deployment", nil),
		severalParameter("group", "name of an instance group; the counts of each row are those of the groups", nil),
		severalParameter("state", "state of a row", snakes(fleet.States())),
		severalParameter("row", "ID of a row", nil),
		severalParameter("certificate", "ID of a certificate that is a version of the row", nil),
	}, pageParameters("rows")...)
}

func snakes[T ~string](list []T) []any {
	all := make([]any, len(list))
	for i, one := range list {
		all[i] = snake(one)
	}
	return all
}

func pageParameters(of string) []*huma.Param {
	return []*huma.Param{
		textParameter("after", "the next of the page before", ""),
		{Name: "limit", In: "query", Description: of + " of a page", Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: number(1), Maximum: number(catalog.MaxLimit), Default: catalog.DefaultLimit}},
	}
}
