package verdict

// Moment is the point in time that a finding is about.
type Moment int

// The moments.
const (
	NoMoment Moment = iota
	StartOfValidity
	EndOfValidity
	StartOfDrift
)

// Moment is the point in time that findings with the code are about.
func (c Code) Moment() Moment { return c.row().moment }

// OfValidity tells whether the moment is a date in the certificate.
func (m Moment) OfValidity() bool { return m == StartOfValidity || m == EndOfValidity }
