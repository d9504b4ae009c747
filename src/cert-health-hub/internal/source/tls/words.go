package tls

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/handshake"
	"cert-health/internal/verdict"
)

// unreachable is the finding about a host that shows no certificate.
func (t *target) unreachable(reason string) inventory.Finding {
	return inventory.Finding{
		Code: inventory.Unreachable, Severity: verdict.Error,
		Message: fmt.Sprintf("%s shows no certificate: %s", t.path(), reason),
		Why:     "The certificates that it showed last are kept. It may show others now.",
		Steps:   []verdict.Step{verdict.Do("look at what the server answers:"), t.openssl(), verdict.Do("or remove it from the hosts of the source, if it is gone")},
	}
}

func (t *target) wrongName(leaf *cert.Certificate, name string) *inventory.Finding {
	why := "The certificate has no names, only a common name, which programs do not compare any more."
	if len(leaf.SANs) > 0 {
		why = "The certificate is for " + names(leaf.SANs) + "."
	}
	return &inventory.Finding{
		Code: inventory.WrongName, Severity: verdict.Error,
		Message: fmt.Sprintf("the certificate of %s is not for the name %s: clients refuse it", t.path(), name),
		Why:     why,
		Steps:   []verdict.Step{verdict.Do("issue a certificate with the name %s", name), verdict.Do("or set server_name of the host to the name that clients use")},
	}
}

func (t *target) notTrusted(severity verdict.Severity, cause string) *inventory.Finding {
	return &inventory.Finding{
		Code: inventory.NotTrusted, Severity: severity,
		Message: fmt.Sprintf("%s is not trusted: %s", t.path(), cause),
		Why:     "Clients that do not have that CA refuse the connection.",
		Steps: []verdict.Step{verdict.Do("let the server send its certificate with all intermediate certificates"),
			verdict.Do("or set ca_cert of the host to the CA that its clients trust")},
	}
}

func (t *target) unexpected(expected, found string) *inventory.Finding {
	return &inventory.Finding{
		Code: inventory.NotExpected, Severity: verdict.Error,
		Message: fmt.Sprintf("%s shows another certificate than expected: not %s", t.path(), expected),
		Why:     "The configuration of the source expects " + expected + ", but " + found + ".",
		Steps: []verdict.Step{verdict.Do("find out who answers at this address:"), t.openssl(),
			verdict.Do("or change expect of the host, if the certificate was renewed")},
	}
}

// openssl is the command that shows what the server sends.
func (t *target) openssl() verdict.Step {
	command := []string{"openssl", "s_client", "-showcerts", "-connect", net.JoinHostPort(t.name, strconv.Itoa(int(t.port)))}
	if _, err := netip.ParseAddr(t.asked()); err != nil {
		command = append(command, "-servername", t.asked())
	}
	if t.dialect.starttls != "" {
		command = append(command, "-starttls", t.dialect.starttls)
	}
	return verdict.Run(command...)
}

// maxListed limits the names of a certificate in a sentence.
const maxListed = 5

func names(all []string) string {
	listed := make([]string, 0, maxListed)
	for _, name := range all[:min(len(all), maxListed)] {
		listed = append(listed, handshake.Printable(cut(name, 253)))
	}
	text := strings.Join(listed, ", ")
	if more := len(all) - len(listed); more > 0 {
		return fmt.Sprintf("%s and %d more", text, more)
	}
	return text
}
