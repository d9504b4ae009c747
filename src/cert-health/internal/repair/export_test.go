package repair

// Watch makes the store call step at each step of a journal.
func (s *Store) Watch(step func(name string)) { s.step = step }
