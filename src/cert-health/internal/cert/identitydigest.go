package cert

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
)

// IdentityDigest computes the certificate's identity digest. It does not depend on the role:
// a CA has the same one as a member of a bundle.
func (c *Certificate) IdentityDigest() IdentityDigest {
	names := slices.Clone(c.SANs)
	for i, name := range names {
		names[i] = strings.ToLower(name)
	}
	slices.Sort(names)
	usages := slices.Sorted(slices.Values(c.ExtKeyUsage))

	digest := sha256.New()
	field := func(values ...string) {
		// Each list and each value is preceded by its length, so that different
		// certificates never give the same bytes.
		_ = binary.Write(digest, binary.BigEndian, uint32(len(values)))
		for _, value := range values {
			_ = binary.Write(digest, binary.BigEndian, uint32(len(value)))
			digest.Write([]byte(value))
		}
	}
	class := "leaf"
	if c.CA {
		class = "ca"
	}
	field(class, c.Subject)
	field(names...)
	field(usages...)
	_ = binary.Write(digest, binary.BigEndian, uint32(c.KeyUsage))
	return IdentityDigest(digest.Sum(nil)[:len(IdentityDigest{})])
}
