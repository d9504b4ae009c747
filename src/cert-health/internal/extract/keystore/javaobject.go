package keystore

import "fmt"

// A secret key of a JCEKS is a serialised Java object without its length. To reach what
// stands behind it, it is walked over by the grammar of the Java Object Serialization
// Specification, chapter 6: as much of it as a javax.crypto.SealedObject needs.
const (
	javaStream = 0xaced0005 // magic number and version

	javaNull      = 0x70
	javaReference = 0x71
	javaClass     = 0x72
	javaObject    = 0x73
	javaString    = 0x74
	javaArray     = 0x75
	javaEnd       = 0x78

	javaFirstHandle = 0x7e0000
	javaPlain       = 2 // SC_SERIALIZABLE without methods of its own

	// maxJavaThings bounds what one object is made of; a SealedObject has 12 parts.
	maxJavaThings = 200
)

// javaClassOf describes a class: what an object of it consists of.
type javaClassOf struct {
	name   string
	fields []byte // their types: a letter each
	super  *javaClassOf
}

// javaWalk goes over one object.
type javaWalk struct {
	*javaReader
	handles []*javaClassOf // what can be referred to; nil where it is no class
	things  int
}

// object passes over one object.
func (r *javaReader) object() {
	if r.uint32() != javaStream {
		r.damaged("a secret key of it is no Java object")
		return
	}
	w := javaWalk{javaReader: r}
	w.value()
}

// enough tells whether to stop, which a hostile object that refers to itself would not.
func (w *javaWalk) enough() bool {
	if w.things++; w.things > maxJavaThings && w.err == nil {
		w.err = fmt.Errorf("%w: a secret key of it has more than %d parts", ErrLimit, maxJavaThings)
	}
	return w.err != nil
}

func (w *javaWalk) strange(tag byte) {
	if w.err == nil {
		w.err = fmt.Errorf("%w: a secret key of it holds %#02x, which is not known, and hides what is behind it", ErrUnsupported, tag)
	}
}

// value passes over an object, an array, a string, or nothing.
func (w *javaWalk) value() {
	if w.enough() {
		return
	}
	switch tag := w.uint8(); tag {
	case javaNull:
	case javaReference:
		w.skip(4)
	case javaString:
		w.handles = append(w.handles, nil)
		w.utf()
	case javaArray:
		class := w.class()
		w.handles = append(w.handles, nil)
		if class == nil || class.name != "[B" {
			w.strange(tag)
			return
		}
		w.skip(w.uint32())
	case javaObject:
		class := w.class()
		w.handles = append(w.handles, nil)
		w.fieldsOf(class)
	default:
		w.strange(tag)
	}
}

// fieldsOf passes over what an object consists of, the inherited first.
func (w *javaWalk) fieldsOf(class *javaClassOf) {
	if class == nil || w.enough() {
		return
	}
	w.fieldsOf(class.super)
	for _, kind := range class.fields {
		switch kind {
		case 'B', 'Z':
			w.skip(1)
		case 'C', 'S':
			w.skip(2)
		case 'F', 'I':
			w.skip(4)
		case 'D', 'J':
			w.skip(8)
		default:
			w.value()
		}
	}
}

// class reads the description of a class, or the reference to one.
func (w *javaWalk) class() *javaClassOf {
	if w.enough() {
		return nil
	}
	switch tag := w.uint8(); tag {
	case javaNull:
		return nil
	case javaReference:
		at := int(w.uint32()) - javaFirstHandle
		if at < 0 || at >= len(w.handles) || w.handles[at] == nil {
			w.damaged("a secret key of it refers to nothing")
			return nil
		}
		return w.handles[at]
	case javaClass:
		return w.newClass()
	default:
		w.strange(tag)
		return nil
	}
}

func (w *javaWalk) newClass() *javaClassOf {
	class := &javaClassOf{name: string(w.utf())}
	w.skip(8) // the class's own version
	w.handles = append(w.handles, class)
	if flags := w.uint8(); flags != javaPlain {
		w.strange(flags)
	}
	for count := w.uint16(); count > 0 && !w.enough(); count-- {
		kind := w.uint8()
		w.utf()
		class.fields = append(class.fields, kind)
		if kind == '[' || kind == 'L' {
			w.value() // the type's name
		}
	}
	if end := w.uint8(); end != javaEnd {
		w.strange(end)
	}
	class.super = w.class()
	return class
}
