package keystore

import (
	"errors"

	"cert-health/internal/der"
)

// The limits of a store. No regular store comes near them.
const (
	// MaxSize of a store in bytes: several copies of its content are in memory. The cacerts of
	// the JDK has a twentieth of that. A revocation list may be larger, because it is not copied.
	MaxSize = 4 << 20

	// MaxIterations of all key derivations of one Open, over all passwords: as many as one job
	// may need in a scan, which is one or two seconds. openssl iterates 2,048 times, Java 10,000
	// and did 100,000. Bouncy Castle since 1.86 iterates 600,000 times.
	MaxIterations = 4_000_000

	// MaxCertificates of one store, including broken ones. The cacerts of the JDK has 150.
	MaxCertificates = 5_000

	// MaxNesting of one encoding within another.
	MaxNesting = der.MaxNesting

	// MaxAlias is the number of bytes at which an alias, or the reason why a certificate is
	// broken, is cut: both get into reports and alerts. Java allows aliases of 65,535.
	MaxAlias = 256

	// MaxBroken is the number of broken certificates that one Contents lists.
	MaxBroken = 20
)

const (
	// maxCRLHeader is the size of a revocation list without the revoked certificates, in
	// bytes.
	maxCRLHeader = 1 << 16

	// maxSalt is the size of a salt in bytes. A salt is hashed as a whole for every block of
	// every key. Salts of 8 to 20 bytes are in use.
	maxSalt = 1 << 10

	// attempt is the cost of a derivation in addition to its iterations, in iterations. It
	// bounds stores with a million safes of one iteration each.
	attempt = 100
)

// Why a store was not read, or not completely. Every error of Open is one of these, by
// errors.Is. Its text continues with the details.
var (
	// ErrPassword means that the store is locked, and its password is not known.
	ErrPassword = errors.New("no known password opens it")

	// ErrDamaged means that an encoding ends early or is not valid, or that a checksum does
	// not match.
	ErrDamaged = der.ErrDamaged

	// ErrLimit means that the store exceeds a limit.
	ErrLimit = der.ErrLimit

	// ErrUnsupported means that the store is protected in a way that is not known here.
	ErrUnsupported = errors.New("it is made in a way that cannot be read")
)
