package lenient

import (
	"crypto/elliptic"
	"math/big"

	"cert-health/internal/der"
)

// namedCurve is an elliptic curve.
type namedCurve struct {
	name  string
	bits  int
	curve elliptic.Curve // nil if Go does not know it
}

// curve reads the curve of a key.
func (r *reader) curve(parameters element) (c namedCurve, known bool) {
	switch parameters.tag {
	case der.ObjectID:
		id, _ := parameters.objectID()
		if c, known = curveOf(id.String()); !known {
			c.name = id.String()
		}
		if c.curve == nil {
			r.refuse(onlyGo, "its key is on the curve %s, which Go does not know", c.name)
		}
	case der.Sequence:
		c, known = explicitCurve(parameters.contents)
		r.refuse(java, "its key states the numbers of its curve and not its name")
	default:
		r.refuse(allOf, "its key does not say on which curve it is")
	}
	return c, known
}

func curveOf(oid string) (c namedCurve, known bool) {
	switch oid {
	case "1.3.132.0.33":
		return namedCurve{"P-224", 224, elliptic.P224()}, true
	case "1.2.840.10045.3.1.7":
		return namedCurve{"P-256", 256, elliptic.P256()}, true
	case "1.3.132.0.34":
		return namedCurve{"P-384", 384, elliptic.P384()}, true
	case "1.3.132.0.35":
		return namedCurve{"P-521", 521, elliptic.P521()}, true
	case "1.2.840.10045.3.1.1":
		return namedCurve{"P-192", 192, nil}, true
	case "1.3.132.0.31":
		return namedCurve{"secp192k1", 192, nil}, true
	case "1.3.132.0.32":
		return namedCurve{"secp224k1", 225, nil}, true
	case "1.3.132.0.10":
		return namedCurve{"secp256k1", 256, nil}, true
	case "1.2.156.10197.1.301":
		return namedCurve{"SM2", 256, nil}, true
	case "1.2.250.1.223.101.256.1":
		return namedCurve{"FRP256v1", 256, nil}, true
	}
	return brainpool(oid)
}

// brainpool are the curves of RFC 5639.
func brainpool(oid string) (c namedCurve, known bool) {
	switch oid {
	case "1.3.36.3.3.2.8.1.1.1":
		return namedCurve{"brainpoolP160r1", 160, nil}, true
	case "1.3.36.3.3.2.8.1.1.3":
		return namedCurve{"brainpoolP192r1", 192, nil}, true
	case "1.3.36.3.3.2.8.1.1.5":
		return namedCurve{"brainpoolP224r1", 224, nil}, true
	case "1.3.36.3.3.2.8.1.1.7":
		return namedCurve{"brainpoolP256r1", 256, nil}, true
	case "1.3.36.3.3.2.8.1.1.8":
		return namedCurve{"brainpoolP256t1", 256, nil}, true
	case "1.3.36.3.3.2.8.1.1.9":
		return namedCurve{"brainpoolP320r1", 320, nil}, true
	case "1.3.36.3.3.2.8.1.1.11":
		return namedCurve{"brainpoolP384r1", 384, nil}, true
	case "1.3.36.3.3.2.8.1.1.12":
		return namedCurve{"brainpoolP384t1", 384, nil}, true
	case "1.3.36.3.3.2.8.1.1.13":
		return namedCurve{"brainpoolP512r1", 512, nil}, true
	case "1.3.36.3.3.2.8.1.1.14":
		return namedCurve{"brainpoolP512t1", 512, nil}, true
	}
	return namedCurve{}, false
}

// explicitCurve reads the ECParameters of X9.62. The curve is known only if all its numbers are
// equal to the numbers of a known curve: another base point makes another curve.
func explicitCurve(body elements) (c namedCurve, known bool) {
	body.take(der.Integer) // version
	field, _ := body.take(der.Sequence)
	field.contents.take(der.ObjectID)
	prime, ok := positive(&field.contents)
	if !ok {
		return namedCurve{}, false
	}
	coefficients, _ := body.take(der.Sequence)
	a, _ := coefficients.contents.take(der.OctetString)
	b, _ := coefficients.contents.take(der.OctetString)
	base, _ := body.take(der.OctetString)
	order, _ := positive(&body)
	for _, oid := range []string{"1.3.132.0.33", "1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35"} {
		c, _ := curveOf(oid)
		p := c.curve.Params()
		if prime.Cmp(p.P) == 0 && order != nil && order.Cmp(p.N) == 0 && equal(b, p.B) &&
			equal(a, new(big.Int).Sub(p.P, big.NewInt(3))) && basePoint(base.contents, p) {
			return c, true
		}
	}
	return namedCurve{bits: prime.BitLen()}, false
}

// equal compares a FieldElement.
func equal(e element, number *big.Int) bool {
	return len(e.contents) <= maxNumber && new(big.Int).SetBytes(e.contents).Cmp(number) == 0
}

// basePoint tells whether a point, compressed or not, is the curve's base point.
func basePoint(point []byte, p *elliptic.CurveParams) bool {
	size := (p.BitSize + 7) / 8
	x, y := p.Gx.FillBytes(make([]byte, size)), p.Gy.FillBytes(make([]byte, size))
	switch {
	case len(point) == 1+2*size && point[0] == 4:
		return string(point[1:]) == string(x)+string(y)
	case len(point) == 1+size:
		return point[0] == 2+y[size-1]&1 && string(point[1:]) == string(x)
	}
	return false
}
