package notify

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestReceivers holds the table of receivers complete: a list of settings without a row
// would be ignored, and a row without documentation could not be found.
func TestReceivers(t *testing.T) {
	read := func(file string) string {
		contents, err := os.ReadFile("../../../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		return string(contents)
	}
	docs, spec := read("docs/alerts.md"), read("jobs/cert-health-alerts/spec")
	var settings Receivers
	for i := range reflect.TypeFor[Receivers]().NumField() {
		list := reflect.ValueOf(&settings).Elem().Field(i)
		list.Set(reflect.MakeSlice(list.Type(), 1, 1))
	}
	rows := settings.kinds()
	lists := reflect.TypeFor[Receivers]()
	if len(rows) != lists.NumField() {
		t.Fatalf("%d rows for %d lists", len(rows), lists.NumField())
	}
	for i, row := range rows {
		list := lists.Field(i)
		if key := list.Tag.Get("yaml"); key != row.key {
			t.Errorf("row %d has the key %q, and the list has %q", i, row.key, key)
		}
		if len(row.receivers) != 1 || reflect.TypeOf(row.receivers[0]).Elem() != list.Type.Elem() {
			t.Errorf("the row %s does not contain the receivers of its list", row.key)
		}
		if !strings.Contains(docs, "\n### "+row.key+"\n") {
			t.Errorf("docs/alerts.md has no heading %s", row.key)
		}
		if !strings.Contains(spec, "\n  cert_health_alerts."+row.key+":\n") {
			t.Errorf("the job has no property for %s", row.key)
		}
	}
}
