package scenario

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"cert-health/internal/cert"
)

// Wrapping is one way in which jobs write PEM text into their files.
type Wrapping struct {
	Name string
	Form cert.Form
	// OneLine is true if all of the text is on the first line.
	OneLine bool
	// Wrap writes the text in this form, in whole lines.
	Wrap func(pem string) string
}

// Wrappings are all ways that were seen on real VMs, and a few more that the formats allow.
func Wrappings() []Wrapping {
	return []Wrapping{
		{"pem", cert.PEM, false, func(pem string) string { return pem }},
		{"pem with CRLF", cert.PEM, false, func(pem string) string { return crlf(pem) }},
		{"pem behind text", cert.PEM, false, func(pem string) string { return "echo '" + pem + "' > cert.pem\n" }},
		{"pem in a heredoc", cert.PEM, false, func(pem string) string { return "cat <<EOF >cert.pem\n" + pem + "EOF\n" }},
		{"pem on one line", cert.PEM, true, func(pem string) string { return "cert=" + strings.ReplaceAll(pem, "\n", " ") + "\n" }},
		{"pem in single quotes", cert.PEMYAML, false, func(pem string) string {
			return "cert: '\n" + strings.ReplaceAll(Indent(pem, "  "), "\n", "\n\n") + "'\n"
		}},
		{"yaml block", cert.PEMYAML, false, func(pem string) string { return "tls:\n  cert: |\n" + Indent(pem, "    ") }},
		{"yaml block, deep", cert.PEMYAML, false, func(pem string) string {
			return "- - a:\n" + Indent("b: |-\n"+Indent(pem, "  "), strings.Repeat(" ", 40))
		}},
		{"yaml block with CRLF", cert.PEMYAML, false, func(pem string) string { return "cert: |\r\n" + crlf(Indent(pem, "  ")) }},
		{"tabs", cert.PEMYAML, false, func(pem string) string { return "cert\n" + Indent(pem, "\t\t") }},
		{"json", cert.PEMJSON, true, func(pem string) string { return `  "cert": ` + quote(pem) + ",\n" }},
		{"json with CRLF", cert.PEMJSON, true, func(pem string) string { return `  "cert" : ` + quote(crlf(pem)) + ",\n" }},
		{"json of an encoder that thinks of HTML", cert.PEMJSON, true, func(pem string) string {
			return `"c":` + strings.NewReplacer("=", `\u003d`, "+", `\u002b`, "/", `\/`).Replace(quote(pem)) + "\n"
		}},
		{"json inside yaml", cert.PEMJSON, true, func(pem string) string { return "config: '{\"cert\":" + quote(pem) + "}'\n" }},
		{"json inside json", cert.PEMJSON, true, func(pem string) string {
			return `{"config":` + quote(`{"cert":`+quote(pem)+`}`) + "}\n"
		}},
		{"escaped", cert.PEMEscaped, true, func(pem string) string { return "cert: " + quote(pem) + "\n" }},
		{"escaped with CRLF", cert.PEMEscaped, true, func(pem string) string { return "CERT=$'" + escape(crlf(pem)) + "'\n" }},
		{"escaped twice", cert.PEMEscaped, true, func(pem string) string {
			return `cert = "` + strings.ReplaceAll(escape(pem), `\`, `\\`) + "\"\n"
		}},
		{"a form of a web page", cert.PEMEscaped, true, func(pem string) string { return "cert=" + url.QueryEscape(pem) + "\n" }},
		{"a header of a proxy", cert.PEMEscaped, true, func(pem string) string { return "X-Client-Cert: " + url.PathEscape(pem) + "\n" }},
		{"a URL in a URL", cert.PEMEscaped, true, func(pem string) string { return "u=" + url.PathEscape(url.PathEscape(pem)) + "\n" }},
		{"an attribute of XML", cert.PEMEscaped, true, func(pem string) string {
			return `<c pem="` + strings.NewReplacer("\n", "&#10;", "+", "&#x2B;", "=", "&#61;").Replace(pem) + "\"/>\n"
		}},
		{"an attribute of XML with CRLF", cert.PEMEscaped, true, func(pem string) string {
			return `<c pem="` + strings.NewReplacer("\r", "&#xD;", "\n", "&#xa;").Replace(crlf(pem)) + "\"/>\n"
		}},
		{"properties of Java", cert.PEMEscaped, true, func(pem string) string {
			return "cert=" + strings.ReplaceAll(escape(pem), "=", `\=`) + "\n"
		}},
		{"base64", cert.PEMBase64, true, func(pem string) string { return "cert: " + encode(pem) + "\n" }},
		{"base64 of text behind text", cert.PEMBase64, true, func(pem string) string {
			return "CERT=" + encode("subject=CN = x\n"+pem) + "\n"
		}},
	}
}

// WrappedAt is how many columns MIME and the base64 command put on one line.
const WrappedAt = 76

// WrappedBase64 is the base64 of a string, broken into lines and indented.
func WrappedBase64(text, indent string) string {
	encoded := encode(text)
	var out strings.Builder
	for len(encoded) > 0 {
		line := encoded[:min(WrappedAt, len(encoded))]
		fmt.Fprintf(&out, "%s%s\n", indent, line)
		encoded = encoded[len(line):]
	}
	return out.String()
}

// Indent puts indent before every line.
func Indent(text, indent string) string {
	return indent + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+indent) + "\n"
}

func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

func quote(text string) string { return string(must(json.Marshal(text))) }

func escape(text string) string { return strings.Trim(quote(text), `"`) }

func encode(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
