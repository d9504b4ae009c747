package notify

import "cert-health/internal/alert"

// words are the words of notices for a class.
type words struct {
	class alert.Class
	state string // of the certificates: "2 certificates drifted on 3 instances"
	end   string // when no instance has a certificate of the class any more
}

// table has one row for each class. Nothing writes to it.
var table = []words{
	{alert.Expired, "expired", "no certificate is expired any more"},
	{alert.Drift, "drifted", "no certificate drifts any more"},
	{alert.NotLoaded, "not loaded", "all certificates are loaded"},
	{alert.Unverified, "unverified", "all certificates can be seen again"},
	{alert.Expiring, "expiring", "no certificate is expiring any more"},
}

// wordsOf returns the row of a class; for an unknown class, its own name.
func wordsOf(class alert.Class) words {
	for _, row := range table {
		if row.class == class {
			return row
		}
	}
	return words{class, string(class), "no certificate is " + string(class) + " any more"}
}
