package keystore

import "fmt"

// A secret key of a JCEKS is a serialised Java object whose length is not given. To reach the
// entries after it, the object is skipped by the grammar of the Java Object Serialization
// Specification, chapter 6, as far as a javax.crypto.SealedObject needs it.
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

	// maxJavaThings is the maximum number of parts of an object. A SealedObject has 12.
	maxJavaThings = 200
)

// javaClassOf describes a class, and so the parts of its objects.
type javaClassOf struct {
	name   string
	fields []byte // their types: a letter each
	super  *javaClassOf
}

// javaWalk skips one object.
type javaWalk struct {
	*javaReader
	handles []*javaClassOf // targets of references; nil for those that are not classes
	things  int
}

// object skips one object.
func (r *javaReader) object() {
	if r.uint32() != javaStream {
		r.damaged("a secret key of it is not a Java object")
		return
	}
	w := javaWalk{javaReader: r}
	w.value()
}

// enough tells whether to stop. A hostile object that refers to itself has no end.
func (w *javaWalk) enough() bool {
	if w.things++; w.things > maxJavaThings && w.err == nil {
		w.err = fmt.Errorf("%w: a secret key of it has more than %d parts", ErrLimit, maxJavaThings)
	}
	return w.err != nil
}

func (w *javaWalk) unknown(tag byte) {
	if w.err == nil {
		w.err = fmt.Errorf("%w: a secret key of it contains %#02x, which is not known; the entries after it cannot be read", ErrUnsupported, tag)
	}
}

// value skips an object, an array, a string, or null.
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
			w.unknown(tag)
			return
		}
		w.skip(w.uint32())
	case javaObject:
		class := w.class()
		w.handles = append(w.handles, nil)
		w.fieldsOf(class)
	default:
		w.unknown(tag)
	}
}

// fieldsOf skips the fields of an object, the inherited ones first.
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

// class reads the description of a class, or a reference to one.
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
		w.unknown(tag)
		return nil
	}
}

func (w *javaWalk) newClass() *javaClassOf {
	class := &javaClassOf{name: string(w.utf())}
	w.skip(8) // the version of the class
	w.handles = append(w.handles, class)
	if flags := w.uint8(); flags != javaPlain {
		w.unknown(flags)
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
		w.unknown(end)
	}
	class.super = w.class()
	return class
}
