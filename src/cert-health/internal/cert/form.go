package cert

// Form is how a certificate is written in a file.
type Form string

// The forms. Forms has a row for each of them.
const (
	PEM        Form = "pem"
	PEMYAML    Form = "pem-yaml"
	PEMJSON    Form = "pem-json"
	PEMEscaped Form = "pem-escaped"
	PEMLines   Form = "pem-lines"
	PEMBase64  Form = "pem-base64"
	DERBase64  Form = "der-base64"
	DERHex     Form = "der-hex"
	DER        Form = "der"
	PKCS7      Form = "pkcs7"
	PKCS12     Form = "pkcs12"
	JKS        Form = "jks"
)

// FormInfo is what there is to know about a form.
type FormInfo struct {
	Form    Form
	Meaning string // in docs/concepts.md
	Reader  Reader
	// Binary is true if a file can be this form without being text.
	Binary bool
	// Lines is true if a certificate of this form can have a line.
	Lines bool
	// Embedded is true if the certificate is a part of a value in a file that holds other
	// values, too. Otherwise the certificates of one file belong together.
	Embedded bool
	// KeysInside is true if the file holds the private keys of its certificates.
	KeysInside bool
	// Writable is true if package splice can write another certificate in place of one of this form.
	Writable bool
}

// Reader is the package below extract that finds certificates of a form.
type Reader string

// The readers. There are no others.
const (
	TextReader     Reader = "text"     // recognises the BEGIN line, the base64 of it, or the base64 or hexadecimal of DER
	DERReader      Reader = "dercert"  // recognises the first bytes of a certificate
	KeyStoreReader Reader = "keystore" // recognises the first bytes by its own table of kinds
)

// Forms is the table of all forms, in the order of docs/concepts.md.
func Forms() [12]FormInfo {
	return [...]FormInfo{
		{Form: PEM, Reader: TextReader, Lines: true, Writable: true,
			Meaning: "PEM text at the start of a line, or after other text on its line"},
		{Form: PEMYAML, Reader: TextReader, Lines: true, Writable: true, Embedded: true,
			Meaning: "the same, indented by spaces or tabs"},
		{Form: PEMJSON, Reader: TextReader, Lines: true, Writable: true, Embedded: true,
			Meaning: "in a JSON string, with escaped line breaks; also JSON inside YAML or a script"},
		{Form: PEMEscaped, Reader: TextReader, Lines: true, Writable: true, Embedded: true,
			Meaning: "with escaped line breaks anywhere else: `\\n` once or several times, `%0A`, `&#10;`"},
		{Form: PEMLines, Reader: TextReader, Lines: true, Writable: true, Embedded: true,
			Meaning: "one string for each line: a list in JSON or YAML, `echo`, strings in source code"},
		{Form: PEMBase64, Reader: TextReader, Lines: true, Writable: true, Embedded: true,
			Meaning: "the base64 of PEM text, on one line or wrapped; also encoded twice"},
		{Form: DERBase64, Reader: TextReader, Lines: true, Embedded: true,
			Meaning: "the base64 of DER without a BEGIN line: `.cer`, SAML metadata, `x5c` of JWKS, LDIF"},
		{Form: DERHex, Reader: TextReader, Lines: true, Embedded: true,
			Meaning: "the hexadecimal of DER, without separators between the bytes: `xxd -p`, `X'3082...'` of SQL"},
		{Form: DER, Reader: DERReader, Binary: true,
			Meaning: "binary, one certificate or several in a row"},
		{Form: PKCS7, Reader: KeyStoreReader, Binary: true, Lines: true,
			Meaning: "a bundle without keys (`.p7b`): binary, PEM in any text form, or base64"},
		{Form: PKCS12, Reader: KeyStoreReader, Binary: true, Lines: true, KeysInside: true,
			Meaning: "a key store (`.p12`, `.pfx`), also what Java 9 and newer write as `.jks`: binary, PEM or base64"},
		{Form: JKS, Reader: KeyStoreReader, Binary: true, Lines: true, KeysInside: true,
			Meaning: "Java's older key stores, JKS and JCEKS: binary or base64"},
	}
}

// Info returns the form's row. It is not ok for a form that is not in the table.
func (f Form) Info() (info FormInfo, ok bool) {
	for _, info := range Forms() {
		if info.Form == f {
			return info, true
		}
	}
	return FormInfo{}, false
}

// Embedded tells whether a certificate of this form is a part of a value in a file that
// holds other values, too.
func (f Form) Embedded() bool {
	info, _ := f.Info()
	return info.Embedded
}

// WholeFile tells whether the certificates of this form in one file belong together.
func (f Form) WholeFile() bool {
	info, ok := f.Info()
	return ok && !info.Embedded
}

// KeysInside tells whether a file of this form holds the private keys of its certificates.
func (f Form) KeysInside() bool {
	info, _ := f.Info()
	return info.KeysInside
}
