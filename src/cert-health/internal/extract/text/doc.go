// Package text finds certificates, private keys and the names of both in text: armoured
// blocks, however the text is indented, quoted, escaped or encoded in base64.
//
// Three rules hold for the parser:
//
//   - a failure is data: a block that cannot be read becomes a Broken in the Result, and
//     its neighbours are still found;
//   - the work is linear in the size of the text, and the memory is bounded by a multiple
//     of it, whatever the text holds;
//   - a private key is read only by a Parser with Keys, and only to compute its public
//     half. It is decoded in one place, which is wiped before the parser goes on. Nothing
//     else of the key is kept, quoted or logged.
package text
