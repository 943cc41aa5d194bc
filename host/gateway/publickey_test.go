package gateway

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// testKey makes one key of each size.
var testKey = func() func(t testing.TB, bits int) *rsa.PrivateKey {
	var mu sync.Mutex
	made := map[int]*rsa.PrivateKey{}
	return func(t testing.TB, bits int) *rsa.PrivateKey {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if made[bits] == nil {
			key, err := rsa.GenerateKey(rand.Reader, bits)
			if err != nil {
				t.Fatal(err)
			}
			made[bits] = key
		}
		return made[bits]
	}
}()

// checkLikeStandard compares the verdict with that of crypto/rsa.
func checkLikeStandard(t *testing.T, key *rsa.PublicKey, content, signature []byte, want bool) {
	t.Helper()
	k := newPublicKey(key)
	if k.modulus == nil {
		t.Fatal("crypto/rsa verifies: nothing is compared")
	}
	got, standard := k.verify(content, signature) == nil, verifyWith(key, content, signature) == nil
	if got != standard || got != want {
		t.Errorf("accepted %t, by crypto/rsa %t, want %t", got, standard, want)
	}
}

// sealed signs a whole block, with nothing put around it.
func sealed(key *rsa.PrivateKey, block []byte) []byte {
	number := new(big.Int).Exp(new(big.Int).SetBytes(block), key.D, key.N)
	return number.FillBytes(make([]byte, key.Size()))
}

func TestPublicKeyVerifiesLikeTheStandardLibrary(t *testing.T) {
	content := []byte("POST /notify\nC.1685599933871.{}")
	digest := sha256.Sum256(content)
	for _, bits := range []int{2048, 3072, 4096} {
		key := testKey(t, bits)
		size := key.Size()
		signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		check := func(name string, content, signature []byte, want bool) {
			t.Run(name, func(t *testing.T) { checkLikeStandard(t, &key.PublicKey, content, signature, want) })
		}
		check("genuine", content, signature, true)
		check("other content", content[1:], signature, false)
		check("empty", content, nil, false)
		check("a zero in front", content, append([]byte{0}, signature...), false)
		check("a zero behind", content, append(append([]byte{}, signature...), 0), false)
		check("cut", content, signature[:size-1], false)
		for bit := 0; bit < 8*size; bit += 37 {
			flipped := append([]byte{}, signature...)
			flipped[bit/8] ^= 1 << (bit % 8)
			check("flipped", content, flipped, false)
		}
		number := new(big.Int).SetBytes(signature)
		for name, n := range map[string]*big.Int{
			"zero": new(big.Int), "one": big.NewInt(1), "the modulus": key.N,
			"one below the modulus": new(big.Int).Sub(key.N, big.NewInt(1)), "negated": new(big.Int).Sub(key.N, number),
		} {
			check(name, content, n.FillBytes(make([]byte, size)), false)
		}
		if above := new(big.Int).Add(number, key.N); above.BitLen() <= 8*size {
			check("with the modulus added", content, above.FillBytes(make([]byte, size)), false)
		}
	}
}

// TestPublicKeyWantsTheWholeSignature: one signature in 256 begins with a zero, and without it is the same number.
func TestPublicKeyWantsTheWholeSignature(t *testing.T) {
	key := testKey(t, 2048)
	for n := 0; ; n++ {
		content := []byte(strconv.Itoa(n))
		digest := sha256.Sum256(content)
		signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		if signature[0] == 0 {
			checkLikeStandard(t, &key.PublicKey, content, signature, true)
			checkLikeStandard(t, &key.PublicKey, content, signature[1:], false)
			return
		}
	}
}

// TestPublicKeyRefusesOtherEncodings: a block that says the same to a lenient reader is a forgery.
func TestPublicKeyRefusesOtherEncodings(t *testing.T) {
	key := testKey(t, 2048)
	content := []byte("content")
	digest := sha256.Sum256(content)
	info := sha256Info + string(digest[:])
	block := func(first, kind byte, padding int, pad, info, rest string) []byte {
		return []byte(string([]byte{first, kind}) + strings.Repeat(pad, padding) + "\x00" + info + rest)
	}
	full := key.Size() - 3 - len(info)
	withoutNull := "\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20" + string(digest[:])
	longLength := "\x30\x81\x31" + sha256Info[2:] + string(digest[:])
	for name, test := range map[string]struct {
		block []byte
		want  bool
	}{
		"as it must be":                 {block(0, 1, full, "\xff", info, ""), true},
		"short padding and garbage":     {block(0, 1, 8, "\xff", info, strings.Repeat("\xaa", full-8)), false},
		"one byte of garbage":           {block(0, 1, full-1, "\xff", info, "\x00"), false},
		"padding of zeros":              {block(0, 1, full, "\x00", info, ""), false},
		"padding with another byte":     {block(0, 1, full, "\xfe", info, ""), false},
		"block type 0":                  {block(0, 0, full, "\xff", info, ""), false},
		"block type 2":                  {block(0, 2, full, "\xff", info, ""), false},
		"a first byte that is not zero": {block(1, 1, full, "\xff", info, ""), false},
		"no NULL behind the algorithm":  {block(0, 1, full+2, "\xff", withoutNull, ""), false},
		"a length in two bytes":         {block(0, 1, full-1, "\xff", longLength, ""), false},
		"SHA-512 by name":               {block(0, 1, full, "\xff", sha256Info[:14]+"\x03"+sha256Info[15:]+string(digest[:]), ""), false},
		"the digest alone":              {block(0, 1, key.Size()-3-len(digest), "\xff", string(digest[:]), ""), false},
		"a digest of another content":   {block(0, 1, full, "\xff", sha256Info+strings.Repeat("\x01", len(digest)), ""), false},
		"a digest one byte short":       {block(0, 1, full+1, "\xff", info[:len(info)-1], ""), false},
	} {
		t.Run(name, func(t *testing.T) {
			if len(test.block) != key.Size() {
				t.Fatalf("the block has %d bytes", len(test.block))
			}
			checkLikeStandard(t, &key.PublicKey, content, sealed(key, test.block), test.want)
		})
	}
}

// TestDigestInfo: the constant is what encoding/asn1 makes of the structure.
func TestDigestInfo(t *testing.T) {
	type algorithm struct {
		OID        asn1.ObjectIdentifier
		Parameters asn1.RawValue
	}
	der, err := asn1.Marshal(struct {
		Algorithm algorithm
		Digest    []byte
	}{algorithm{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, asn1.NullRawValue}, make([]byte, sha256.Size)})
	if err != nil || string(der[:len(der)-sha256.Size]) != sha256Info {
		t.Errorf("%x, %v", der, err)
	}
}

// TestUnusualKeysAreLeftToTheStandardLibrary: those that no tool of Alipay makes are still verified.
func TestUnusualKeysAreLeftToTheStandardLibrary(t *testing.T) {
	content := []byte("content")
	uneven := testKey(t, 2050)
	prime := func() *big.Int {
		for {
			p, err := rand.Prime(rand.Reader, 1024)
			if err != nil {
				t.Fatal(err)
			}
			if new(big.Int).Mod(p, big.NewInt(3)).Int64() == 2 { // then 3 has an inverse
				return p
			}
		}
	}
	p, q := prime(), prime()
	one := big.NewInt(1)
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	three := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 3}, D: new(big.Int).ModInverse(big.NewInt(3), phi), Primes: []*big.Int{p, q}}
	for name, key := range map[string]*rsa.PrivateKey{"2050 bits": uneven, "exponent 3": three} {
		t.Run(name, func(t *testing.T) {
			k := newPublicKey(&key.PublicKey)
			if k.modulus != nil {
				t.Fatal("it is not left to crypto/rsa")
			}
			good := sealed(key, encodedDigest(nil, key.Size(), content))
			if err := k.verify(content, good); err != nil {
				t.Error(err)
			}
			good[9] ^= 1
			if k.verify(content, good) == nil {
				t.Error("a changed signature is accepted")
			}
		})
	}
}

// FuzzPublicKey compares the verdict on any signature with that of crypto/rsa.
func FuzzPublicKey(f *testing.F) {
	key := testKey(f, 2048)
	content := []byte("content")
	digest := sha256.Sum256(content)
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		f.Fatal(err)
	}
	// The key is another one in every process, so what is fuzzed is a change of its own signature.
	f.Add(0, []byte{})
	f.Add(0, make([]byte, 256))
	f.Add(255, []byte{1})
	f.Add(-1, []byte{1})
	f.Fuzz(func(t *testing.T, at int, change []byte) {
		changed := append([]byte{}, signature...)
		if at < 0 { // longer
			changed = append(changed, change...)
		}
		for i, b := range change {
			if at >= 0 && at+i < len(changed) && at+i >= 0 {
				changed[at+i] ^= b
			}
		}
		checkLikeStandard(t, &key.PublicKey, content, changed, string(changed) == string(signature))
	})
}
