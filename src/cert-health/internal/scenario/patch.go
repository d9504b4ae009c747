package scenario

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
)

// Node is one element of an encoding in ASN.1: its contents or, if it is constructed, its
// children.
type Node struct {
	Tag      byte
	Contents []byte
	Children []*Node
}

// At returns the descendant to which the positions lead.
func (n *Node) At(path ...int) *Node {
	for _, position := range path {
		n = n.Children[position]
	}
	return n
}

// Set replaces the contents of an element that has no children.
func (n *Node) Set(tag byte, contents ...byte) { *n = Node{Tag: tag, Contents: contents} }

// Remove removes one child.
func (n *Node) Remove(position int) {
	n.Children = append(n.Children[:position:position], n.Children[position+1:]...)
}

// Extension returns the extension of a signed part that has this encoded identifier.
func (n *Node) Extension(oid string) *Node {
	for _, extension := range n.At(len(n.Children)-1, 0).Children {
		if string(extension.At(0).Contents) == oid {
			return extension
		}
	}
	panic("scenario: there is no such extension")
}

// Nodes parses an encoding. It panics if the encoding is not well formed.
func Nodes(der []byte) (list []*Node) {
	for len(der) > 0 {
		size, header := int(der[1]), 2
		if size >= 0x80 {
			count := size & 0x7f
			size = 0
			for _, b := range der[2 : 2+count] {
				size = size<<8 | int(b)
			}
			header += count
		}
		node := &Node{Tag: der[0], Contents: der[header : header+size]}
		if node.Tag&0x20 != 0 {
			node.Children = Nodes(node.Contents)
		}
		list = append(list, node)
		der = der[header+size:]
	}
	return list
}

// DER is the encoding.
func (n *Node) DER() []byte {
	contents := n.Contents
	if n.Tag&0x20 != 0 {
		contents = nil
		for _, child := range n.Children {
			contents = append(contents, child.DER()...)
		}
	}
	header := []byte{n.Tag, byte(len(contents))}
	switch size := len(contents); {
	case size > 0xffff:
		header = []byte{n.Tag, 0x83, byte(size >> 16), byte(size >> 8), byte(size)}
	case size > 0xff:
		header = []byte{n.Tag, 0x82, byte(size >> 8), byte(size)}
	case size > 0x7f:
		header = []byte{n.Tag, 0x81, byte(size)}
	}
	return append(header, contents...)
}

// patched changes a certificate and signs it again.
func patched(der []byte, patch func(tbs *Node), signer crypto.Signer) []byte {
	certificate := Nodes(der)[0]
	patch(certificate.At(0))
	digest := sha256.Sum256(certificate.At(0).DER())
	certificate.At(2).Contents = append([]byte{0}, must(signer.Sign(rand.Reader, digest[:], crypto.SHA256))...)
	return certificate.DER()
}
