package api

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/strict"
)

// fleetQuery is the query of a list of rows or of instances. Lists are any of the values; empty is all.
type fleetQuery struct {
	deployments, groups, azs []string
	ids, certificates        []string // of rows
	states                   []fleet.State
	standings                []inventory.Standing
	words                    []string // that all occur
	after                    string
	limit                    int
}

// The limits of a query. Longer ones are not written by people.
const (
	maxFleetText   = 500
	maxFleetValues = 100
)

// parseFleet reads the parameters with the given names.
func parseFleet(rawQuery string, names ...string) (fleetQuery, error) {
	q := fleetQuery{limit: catalog.DefaultLimit}
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return q, badQuery(err)
	}
	names = append(names, "q", "after", "limit")
	for key, given := range values {
		if !slices.Contains(names, key) {
			return q, badParameter(key[:min(len(key), 40)], "it is not a parameter of this list"+strict.Hint(key[:min(len(key), 40)], names))
		}
		given = slices.DeleteFunc(given, func(s string) bool { return s == "" })
		if err := q.take(key, given); err != nil {
			return q, badParameter(key, err.Error())
		}
	}
	return q, nil
}

func badParameter(key, message string) error {
	return badQuery(&catalog.ParseError{Key: key, Message: message})
}

// take reads the values of one parameter.
func (q *fleetQuery) take(key string, given []string) (err error) {
	for _, value := range given {
		if len(value) > maxFleetText || len(given) > maxFleetValues || !utf8.ValidString(value) {
			return fmt.Errorf("it is not valid UTF-8, has more than %d bytes, or is given more than %d times", maxFleetText, maxFleetValues)
		}
	}
	switch key {
	case "deployment":
		q.deployments = given
	case "group":
		q.groups = given
	case "az":
		q.azs = given
	case "row":
		q.ids = given
	case "certificate":
		for _, id := range given {
			q.certificates = append(q.certificates, string(idOf(id)))
		}
	case "state":
		q.states, err = oneOf(given, fleet.States())
	case "standing":
		q.standings, err = oneOf(given, standings())
	case "q":
		q.words = strings.Fields(strings.ToLower(strings.Join(given, " ")))
	case "after":
		q.after = strings.Join(given, "")
	case "limit":
		q.limit, err = limitOf(given)
	}
	return err
}

func standings() []inventory.Standing {
	return []inventory.Standing{inventory.Reports, inventory.Silent, inventory.Missing, inventory.Stopped, inventory.Ignored, inventory.Deleted}
}

// snake is a word of a fleet as the API writes it: awaiting_deploy.
func snake[T ~string](word T) string { return strings.ReplaceAll(string(word), " ", "_") }

// oneOf reads words of a list, with spaces or underscores.
func oneOf[T ~string](given []string, all []T) (found []T, err error) {
	for _, value := range given {
		at := slices.IndexFunc(all, func(one T) bool { return snake(one) == snake(value) })
		if at < 0 {
			names := make([]string, len(all))
			for i, one := range all {
				names[i] = snake(one)
			}
			return nil, fmt.Errorf("it must be one of %s%s", strings.Join(names, ", "), strict.Hint(value[:min(len(value), 40)], names))
		}
		found = append(found, all[at])
	}
	return found, nil
}

func limitOf(given []string) (int, error) {
	if len(given) == 0 {
		return catalog.DefaultLimit, nil
	}
	n, err := strconv.Atoi(given[0])
	if err != nil || len(given) > 1 || n < 1 || n > catalog.MaxLimit {
		return 0, fmt.Errorf("it must be a number from 1 to %d", catalog.MaxLimit)
	}
	return n, nil
}

// known refuses names that the fleet does not have. A mistyped one would be an empty list, in which a
// script sees that all is well.
func (q fleetQuery) known(v *fleet.View) error {
	var deployments, groups, azs []string
	for _, d := range v.Deployments() {
		deployments = append(deployments, d.Name)
		for _, g := range d.Groups {
			groups, azs = append(groups, g.Name), append(azs, g.AZs...)
		}
	}
	for _, one := range []struct {
		key, what   string
		given, have []string
	}{{"deployment", "deployment", q.deployments, deployments}, {"group", "instance group", q.groups, groups}, {"az", "availability zone", q.azs, azs}} {
		for _, name := range one.given {
			if !slices.Contains(one.have, name) {
				return badParameter(one.key, "the fleet has no "+one.what+" of this name"+strict.Hint(name[:min(len(name), 64)], one.have))
			}
		}
	}
	return nil
}

// within tells whether a list of names is empty or has the name.
func within[T ~string](list []T, name T) bool { return len(list) == 0 || slices.Contains(list, name) }

// has tells whether all words occur in one of the texts.
func (q fleetQuery) has(texts ...string) bool {
	if len(q.words) == 0 {
		return true
	}
	text := strings.ToLower(strings.Join(texts, "\n"))
	for _, word := range q.words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}
