package ingest

// Within is the number of requests that wait for a slot or hold one.
func (i *Intake) Within() (n int) {
	i.gate.mutex.Lock()
	defer i.gate.mutex.Unlock()
	for _, of := range i.gate.of {
		n += of
	}
	return n
}
