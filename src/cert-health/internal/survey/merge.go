package survey

// Add adds the instances of another survey, and what it cannot see. Its secrets are left out, and so are certificates
// that only secrets hold.
func (b *Builder) Add(s *Survey) {
	for _, i := range s.Instances {
		own := *i
		own.Places = make([]Place, len(i.Places))
		for n, p := range i.Places {
			p.Certificate = b.Certificate(*p.Certificate)
			own.Places[n] = p
		}
		own.Shown = make([]Shown, len(i.Shown))
		for n, shown := range i.Shown {
			shown.Certificate = b.Certificate(*shown.Certificate)
			own.Shown[n] = shown
		}
		b.Instance(own)
	}
	for _, sentence := range s.Blind {
		b.Blind(sentence)
	}
}
