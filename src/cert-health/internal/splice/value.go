package splice

import (
	"errors"

	"cert-health/internal/extract/text"
)

// value returns the patch of a value of base64 that holds PEM.
func (w *writer) value(l *text.Layout, v *text.Value) ([]patch, error) {
	inner, err := w.layer(&v.Layout)
	defer wipe(inner)
	if err != nil || len(inner) == 0 {
		return nil, err
	}
	if !v.Certain {
		return nil, errors.New("a value of base64 has no certain end, and cannot be written back exactly: let a deploy write it")
	}
	region := l.Text[v.Units[0].From:v.End]
	form, err := shapeOf(l, v.Units, nil, region, 0)
	if err != nil {
		return nil, err
	}
	if err := form.letters.learn(l.Text, v.Padding); err != nil {
		return nil, err
	}
	form.bare = len(v.Padding) == 0 && len(v.Units)%4 != 0
	end := v.End
	if len(v.Padding) > 0 {
		end = v.Padding[len(v.Padding)-1].To
	}
	written := apply(v.Text, inner)
	defer clear(written)
	return []patch{{v.Units[0].From, end, form.write(written)}}, nil
}
