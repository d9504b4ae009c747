// Package issue makes certificates and revocation lists: new ones, and successors of existing ones that keep
// everything but what must change. It is pure: time and randomness are parameters, and it does no I/O. It keeps no
// private key longer than its caller, and prints none.
//
// # Layout of safe
//
// The secret of a CA in the layout of safe has a serial number: that of the last certificate that the CA issued, in
// hexadecimal. NextSerial continues it.
package issue
