package fleet

// State says how a certificate is on an instance, or in a deployment, and by that who must act.
type State string

// The states. There are no others.
const (
	Current         State = "current"          // files and processes have what the store holds
	AwaitingDeploy  State = "awaiting deploy"  // the store holds a newer one than the files
	AwaitingRestart State = "awaiting restart" // a process still serves an older one than its files hold
	AwaitingRenewal State = "awaiting renewal" // it has expired or expires, and the store holds nothing newer
	ByHand          State = "changed by hand"  // the store has never held what the files hold
	RolledBack      State = "rolled back"      // the files, or the store, went back to an older one
	Unknown         State = "unknown"          // no store is known that holds it
)

// States lists all states, those of which a person hears first at the front.
func States() []State {
	return []State{AwaitingRenewal, AwaitingDeploy, AwaitingRestart, ByHand, RolledBack, Unknown, Current}
}

// rank is the position of a state in States.
func rank(s State) int {
	for i, other := range States() {
		if s == other {
			return i
		}
	}
	return len(States())
}
