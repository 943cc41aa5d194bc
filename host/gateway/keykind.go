package gateway

import (
	"encoding/asn1"
	"fmt"
	"math/big"
	"strings"
)

// keyKind is what a block of a key's text turns out to be.
type keyKind int

const (
	noKey keyKind = iota // neither PEM nor base64, or of a form that is not known
	rsaPrivateKey
	rsaPublicKey
	otherPrivateKey // of the algorithm in foundKey.algorithm
	otherPublicKey
	encryptedKey
	opensshPrivateKey
	opensshPublicKey
	puttyKey
	pgpKey
	pkcs12File
	jsonWebKey
	xmlKey
	certificate
	certificateRequest
	keyParameters
	cutKey
	longKey
	binaryDER
	hexadecimal
	urlEncoded
	utf16Text
	filePath
)

var keyNames = [...]string{
	rsaPrivateKey: "an RSA private key", rsaPublicKey: "an RSA public key", otherPrivateKey: "%s private key", otherPublicKey: "%s public key",
	encryptedKey: "an encrypted private key", opensshPrivateKey: "an OpenSSH private key", opensshPublicKey: "an OpenSSH public key",
	puttyKey: "a PuTTY key", pgpKey: "a PGP key", pkcs12File: "a PKCS#12 file", jsonWebKey: "a JSON Web Key", xmlKey: "an XML key",
	certificate: "a certificate", certificateRequest: "a certificate request", keyParameters: "a set of key parameters",
	binaryDER: "binary DER", hexadecimal: "hexadecimal", urlEncoded: "URL-encoded text", utf16Text: "UTF-16 text", filePath: "the path of a file",
}

// name is without an article for the two kinds that can be wanted.
func (k keyKind) name() string { return strings.TrimPrefix(keyNames[k], "an ") }

// hints are what to do about a kind.
var hints = map[keyKind]string{
	encryptedKey:      "; remove the password with: openssl pkey -in FILE",
	opensshPrivateKey: "; convert it with: ssh-keygen -p -m PEM -f FILE",
	opensshPublicKey:  "; convert it with: ssh-keygen -e -m PKCS8 -f FILE",
	binaryDER:         "; pass PEM or base64 of it",
	hexadecimal:       "; pass PEM or base64 of it",
	urlEncoded:        "; decode it first",
	utf16Text:         "; save it as UTF-8",
	filePath:          "; pass the content of the file",
}

// foundKey is what one block of a text holds.
type foundKey struct {
	kind       keyKind
	algorithm  string // with an article, of other kinds than RSA
	pkcs1      []byte // of RSA keys
	bits       int    // of the modulus of RSA keys
	have, want int    // bytes, of keys that are too short or too long
}

// reason says in one sentence what is there instead of the wanted key.
func (f *foundKey) reason(wanted keyKind) string {
	switch f.kind {
	case noKey:
		return fmt.Sprintf("this is neither PEM nor base64 of an %s", wanted.name())
	case cutKey:
		return fmt.Sprintf("the key is cut off: %d of its %d bytes are there", f.have, f.want)
	case longKey:
		return fmt.Sprintf("the key is followed by something else: it has %d bytes, and there are %d", f.want, f.have)
	}
	name := keyNames[f.kind]
	if f.kind == otherPrivateKey || f.kind == otherPublicKey {
		name = fmt.Sprintf(name, f.algorithm)
	}
	return fmt.Sprintf("this is %s; an %s is needed here%s", name, wanted.name(), hints[f.kind])
}

// rank orders the blocks of a text by what they tell a person: keys, what stands beside keys, what cannot be read.
func (f *foundKey) rank() int {
	switch f.kind {
	case certificate, certificateRequest, keyParameters:
		return 1
	case noKey:
		return 2
	}
	return 0
}

// identify says what a block is. Labels are not trusted with the form of a key, because many programs write wrong ones.
func identify(b keyBlock) foundKey {
	kind := noKey
	switch {
	case strings.HasPrefix(b.label, "ENCRYPTED") || strings.Contains(b.content, ",ENCRYPTED"):
		kind = encryptedKey
	case strings.HasPrefix(b.label, "OPENSSH"):
		kind = opensshPrivateKey
	case strings.HasPrefix(b.label, "SSH2"), strings.HasPrefix(b.content, "ssh-"), strings.HasPrefix(b.content, "ecdsa-sha2-"):
		kind = opensshPublicKey
	case strings.HasPrefix(b.label, "PGP"):
		kind = pgpKey
	case strings.HasSuffix(b.label, "CERTIFICATEREQUEST"):
		kind = certificateRequest
	case strings.HasSuffix(b.label, "CERTIFICATE"):
		kind = certificate
	case strings.HasPrefix(b.content, "PuTTY-User-Key-File"):
		kind = puttyKey
	case strings.HasPrefix(b.content, "{") && strings.Contains(b.content, "kty:"):
		kind = jsonWebKey
	case strings.HasPrefix(b.content, "<") && strings.Contains(b.content, "RSAKeyValue"):
		kind = xmlKey
	case isHexadecimal(b.content):
		kind = hexadecimal
	case isURLEncoded(b.content):
		kind = urlEncoded
	}
	if kind != noKey {
		return foundKey{kind: kind}
	}
	der, err := decodeKeyBase64(b.content)
	if err != nil || len(der) == 0 {
		return foundKey{kind: noKey}
	}
	return identifyDER(der)
}

func isHexadecimal(text string) bool {
	return strings.HasPrefix(strings.ReplaceAll(text, ":", ""), "3082") && strings.Trim(text, "0123456789abcdefABCDEF:") == ""
}

func isURLEncoded(text string) bool {
	_, after, found := strings.Cut(text, "%")
	return found && len(after) > 1 && strings.Trim(after[:2], "0123456789abcdefABCDEF") == ""
}

// algorithms are the object identifiers of keys, with the article that sentences need. That of RSA is "".
var algorithms = map[string]string{
	"1.2.840.113549.1.1.1": "", "1.2.840.113549.1.1.10": "an RSA-PSS", "1.2.840.10045.2.1": "an EC", "1.2.840.10040.4.1": "a DSA",
	"1.3.101.110": "an X25519", "1.3.101.112": "an Ed25519", "1.3.101.113": "an Ed448",
}

// The first bytes of the elements that keys are made of.
const (
	integerTag, bitStringTag, octetStringTag, oidTag, sequenceTag = 0x02, 0x03, 0x04, 0x06, 0x30
)

func tag(of asn1.RawValue) byte {
	if len(of.FullBytes) == 0 {
		return 0
	}
	return of.FullBytes[0]
}

// identifyDER says what DER is by the outermost elements, which differ for all kinds of keys.
func identifyDER(der []byte) foundKey {
	switch {
	case strings.HasPrefix(string(der), "openssh-key-v1\x00"):
		return foundKey{kind: opensshPrivateKey}
	case strings.HasPrefix(string(der), "\x00\x00\x00\x07ssh-"):
		return foundKey{kind: opensshPublicKey}
	}
	if want, ok := declaredLength(der); ok && want != len(der) {
		kind := cutKey
		if want < len(der) {
			kind = longKey
		}
		return foundKey{kind: kind, have: len(der), want: want}
	}
	var top asn1.RawValue
	if _, err := asn1.Unmarshal(der, &top); err != nil {
		return foundKey{kind: noKey}
	}
	parts, ok := children(top)
	switch {
	case tag(top) == oidTag:
		return foundKey{kind: keyParameters}
	case !ok || len(parts) < 2:
		return foundKey{kind: noKey}
	case tag(parts[0]) == sequenceTag:
		return identifyWrapped(parts)
	case tag(parts[0]) != integerTag:
		return foundKey{kind: noKey}
	}
	version := string(parts[0].Bytes)
	switch second := tag(parts[1]); {
	case len(parts) == 2 && second == integerTag:
		return rsaKey(rsaPublicKey, der, parts[0])
	case version == "\x00" && second == integerTag && len(parts) == 9:
		return rsaKey(rsaPrivateKey, der, parts[1])
	case version == "\x00" && second == integerTag && len(parts) == 6:
		return foundKey{kind: otherPrivateKey, algorithm: "a DSA"}
	case version == "\x01" && second == octetStringTag:
		return foundKey{kind: otherPrivateKey, algorithm: "an EC"}
	case version == "\x03" && second == sequenceTag:
		return foundKey{kind: pkcs12File}
	case (version == "\x00" || version == "\x01") && second == sequenceTag && len(parts) > 2 && tag(parts[2]) == octetStringTag:
		return identifyAlgorithm(parts[1], parts[2].Bytes, rsaPrivateKey, otherPrivateKey)
	}
	return foundKey{kind: noKey}
}

// identifyWrapped is for what begins with another sequence: public keys, encrypted private keys, certificates.
func identifyWrapped(parts []asn1.RawValue) foundKey {
	switch last := parts[len(parts)-1]; {
	case len(parts) == 2 && tag(last) == bitStringTag && len(last.Bytes) > 1:
		return identifyAlgorithm(parts[0], last.Bytes[1:], rsaPublicKey, otherPublicKey)
	case len(parts) == 2 && tag(last) == octetStringTag:
		return foundKey{kind: encryptedKey}
	case len(parts) == 3 && tag(last) == bitStringTag:
		if inner, ok := children(parts[0]); ok && len(inner) > 0 && tag(inner[0]) == integerTag && string(inner[0].Bytes) == "\x00" {
			return foundKey{kind: certificateRequest}
		}
		return foundKey{kind: certificate}
	}
	return foundKey{kind: noKey}
}

// identifyAlgorithm goes by the AlgorithmIdentifier of PKCS#8 and SubjectPublicKeyInfo; inside them is PKCS#1.
func identifyAlgorithm(identifier asn1.RawValue, inside []byte, ofRSA, ofOthers keyKind) foundKey {
	var oid asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(identifier.Bytes, &oid); err != nil {
		return foundKey{kind: noKey}
	}
	algorithm, known := algorithms[oid.String()]
	switch {
	case !known:
		return foundKey{kind: ofOthers, algorithm: "an unknown kind of"}
	case algorithm != "":
		return foundKey{kind: ofOthers, algorithm: algorithm}
	}
	var top asn1.RawValue
	rest, err := asn1.Unmarshal(inside, &top)
	parts, ok := children(top)
	modulus := 0
	if ofRSA == rsaPrivateKey {
		modulus = 1
	}
	if err != nil || len(rest) > 0 || !ok || len(parts) <= modulus {
		return foundKey{kind: noKey}
	}
	return rsaKey(ofRSA, inside, parts[modulus])
}

func rsaKey(kind keyKind, pkcs1 []byte, modulus asn1.RawValue) foundKey {
	return foundKey{kind: kind, pkcs1: pkcs1, bits: new(big.Int).SetBytes(modulus.Bytes).BitLen()}
}

// children splits a sequence.
func children(of asn1.RawValue) (parts []asn1.RawValue, ok bool) {
	if tag(of) != sequenceTag {
		return nil, false
	}
	for rest := of.Bytes; len(rest) > 0; {
		var part asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &part); err != nil {
			return nil, false
		}
		parts = append(parts, part)
	}
	return parts, true
}

// declaredLength is how many bytes a sequence has according to its own beginning.
func declaredLength(der []byte) (n int, ok bool) {
	if len(der) < 2 || der[0] != sequenceTag {
		return 0, false
	}
	if der[1] < 0x80 {
		return 2 + int(der[1]), true
	}
	digits := int(der[1] & 0x7f)
	if digits == 0 || digits > 3 || len(der) < 2+digits {
		return 0, false
	}
	for _, digit := range der[2 : 2+digits] {
		n = n<<8 | int(digit)
	}
	return 2 + digits + n, true
}
