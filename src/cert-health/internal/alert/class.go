package alert

// Class is the subject of an alert. A VM has at most one alert of each class at a time.
type Class string

// The classes, and no others. Each has a row in the table below.
const (
	Expired    Class = "expired"
	Drift      Class = "drift"
	NotLoaded  Class = "not_loaded"
	Unverified Class = "unverified"
	Expiring   Class = "expiring"
)

// row is what is fixed about a class.
type row struct {
	class    Class
	words    string // the class in a title
	well     string // the end of a title without items
	event    string // see Alert.Event
	severity int    // the Health Monitor's, which bosh-agent derives from the event
	cleared  string // the description of an alert without items
}

// table has one row for each class, the gravest first. Nothing writes to it.
var table = []row{
	{Expired, "expired", "none expired", "Certificate expired", 2, "no certificate of this instance is expired any more"},
	{Drift, "drift", "no drift", "Content failed", 3, "no certificate of this instance differs from its source, its private key or its CA any more"},
	{NotLoaded, "not loaded", "all loaded", "Content failed", 3, "no process of this instance serves a previous certificate any more"},
	{Unverified, "unverified", "all verified", "Content failed", 3, "no part of this instance is hidden from the agent any more"},
	{Expiring, "expiring", "none expiring", "Timestamp changed", 4, "no certificate of this instance is expiring any more"},
}

// Classes lists the classes, the gravest first.
func Classes() []Class {
	classes := make([]Class, len(table))
	for i, row := range table {
		classes[i] = row.class
	}
	return classes
}

// row is the row of a class; for an unknown class, an error under its own name.
func (c Class) row() row {
	for _, row := range table {
		if row.class == c {
			return row
		}
	}
	return row{class: c, words: string(c), well: "none " + string(c), event: "Content failed", severity: 3}
}
