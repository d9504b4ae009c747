package corpus_test

// program is a real program that is a server, a client, or both.
type program struct {
	name string
	// needs are the programs that it consists of, and the Debian packages that have them.
	needs map[string]string
	// serve starts servers for all contacts. The returned function ends them when they have said all.
	serve func([]*contact) (stop func())
	call  func([]*contact)
	// vague is true if it does not always say which side refused.
	vague bool
	// blind are the faults of the other side that it does not see.
	blind []fault
}
