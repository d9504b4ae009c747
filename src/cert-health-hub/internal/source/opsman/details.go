package opsman

import (
	"encoding/json"
	"fmt"
	"strings"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/remote"
	"cert-health/internal/verdict"
)

// words are one or several words. The documentation shows names where some versions send objects.
type words []string

// maxWords is the largest number of words that are kept.
const maxWords = 1_000

// UnmarshalJSON takes a string, a list of strings, or objects with a name. Other values are left out:
// they are for people only.
func (w *words) UnmarshalJSON(encoded []byte) error {
	var value any
	if err := json.Unmarshal(encoded, &value); err != nil {
		return err
	}
	list, isList := value.([]any)
	if !isList {
		list = []any{value}
	}
	for _, entry := range list[:min(len(list), maxWords)] {
		if word := wordOf(entry); word != "" {
			*w = append(*w, remote.Printable(word))
		}
	}
	return nil
}

func wordOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case map[string]any:
		for _, key := range []string{"name", "deployment_name", "variable_path", "product_guid", "guid"} {
			if word, isString := v[key].(string); isString {
				return word
			}
		}
	}
	return ""
}

// details are what people want to know of a deployed certificate.
func (d *deployed) details() (details []inventory.Detail) {
	add := func(name string, values ...string) {
		if value := strings.Join(values, ", "); value != "" {
			details = append(details, inventory.Detail{Name: name, Value: value})
		}
	}
	add("rotation procedure", remote.Printable(d.Procedure))
	add("rotation procedure URL", d.procedureURL())
	add("rotation status", d.RotationStatus...)
	add("outdated deployments", d.Outdated...)
	add("deployments", d.Deployments...)
	add("signs", d.Signs...)
	add("product", remote.Printable(d.ProductGUID))
	add("property", remote.Printable(d.PropertyReference))
	add("property type", remote.Printable(d.PropertyType))
	add("location", remote.Printable(d.Location))
	if d.Configurable {
		add("configurable", "yes")
	}
	return details
}

// procedureURL is empty if people should not open it.
func (d *deployed) procedureURL() string {
	if !strings.HasPrefix(d.ProcedureURL, "https://") {
		return ""
	}
	return remote.Printable(d.ProcedureURL)
}

// findings tell that deployments use an older version than Ops Manager holds.
func (d *deployed) findings(id inventory.ID) []inventory.Finding {
	if len(d.Outdated) == 0 {
		return nil
	}
	return []inventory.Finding{{
		Code: inventory.Code(verdict.Stale), Severity: verdict.Warning, Certificate: id,
		Message: "deployments use an older version: " + shortened(d.Outdated),
		Why:     "the certificate was renewed in Ops Manager, and these deployments have not been deployed since",
		Steps:   d.steps(),
	}}
}

func (d *deployed) steps() []verdict.Step {
	steps := []verdict.Step{verdict.Do("apply changes in Ops Manager to the products of these deployments, and upgrade all service instances")}
	if d.Procedure != "" {
		steps = append(steps, verdict.Do("follow the rotation procedure: %s", strings.TrimSpace(remote.Printable(d.Procedure)+" "+d.procedureURL())))
	}
	return steps
}

// maxNamed is how many deployments a message names.
const maxNamed = 10

func shortened(names []string) string {
	if len(names) <= maxNamed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
}
