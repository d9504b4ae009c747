package keystore

import (
	"errors"

	"cert-health/internal/der"
)

// What a store may cost. No store of a VM comes near; beyond these somebody is
// playing, or made a mistake worth knowing of.
const (
	// MaxSize of a store in bytes, which is as much as is read of any file: 16 MiB.
	// The JDK's cacerts has a hundredth of that.
	MaxSize = 16 << 20

	// MaxIterations of the key derivations of one Open, over all passwords that are
	// tried: a second or two. openssl iterates 2,048 times, Java 10,000 and did
	// 100,000, Bouncy Castle since 1.86 600,000, and refuses to read more than this.
	MaxIterations = 5_000_000

	// MaxCertificates of one store, the broken ones counted: the JDK's cacerts has 150.
	MaxCertificates = 5_000

	// MaxNesting of one encoding within another.
	MaxNesting = der.MaxNesting

	// MaxAlias is the number of bytes from which on an alias, or the reason why a
	// certificate is broken, is cut: it travels into reports and alerts. Java itself
	// takes aliases of 65,535.
	MaxAlias = 256

	// MaxBroken is the number of broken certificates that one Contents lists.
	MaxBroken = 20
)

const (
	// maxCRLHeader is the size in bytes of all of a revocation list but whom it revokes.
	maxCRLHeader = 1 << 16

	// maxCertificate is the size of one in bytes; package cert refuses more as well.
	maxCertificate = 1 << 20

	// maxSalt is the size of a salt in bytes: all of it is hashed for every block of
	// every key. 8 to 20 are in use.
	maxSalt = 1 << 10

	// attempt is what each derivation costs besides its iterations, in iterations: a
	// million safes of one iteration each are bounded by it.
	attempt = 100
)

// Why a store was not read, or not all of it. Every error of Open is one of these, by
// errors.Is, and its text goes on with what there is to know.
var (
	// ErrPassword is no fault of the store's: it is locked, and the key is missing.
	ErrPassword = errors.New("no known password opens it")

	// ErrDamaged is an encoding that ends early or makes no sense, or a checksum that
	// does not match.
	ErrDamaged = der.ErrDamaged

	// ErrLimit is a store that would cost more than it may.
	ErrLimit = der.ErrLimit

	// ErrUnsupported is a way of protecting a store that is not known here.
	ErrUnsupported = errors.New("it is made in a way that cannot be read")
)
