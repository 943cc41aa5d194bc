package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"maps"
	"sync"
)

// keyRing holds the sandbox's own keys. The newest signs; the older ones stay known.
type keyRing struct {
	mu     sync.Mutex
	keys   map[int]*rsa.PrivateKey
	first  int
	newest int
	spare  *rsa.PrivateKey // the next key, if it is known already
}

func newKeyRing(key *rsa.PrivateKey, version int, spare *rsa.PrivateKey) *keyRing {
	return &keyRing{keys: map[int]*rsa.PrivateKey{version: key}, first: version, newest: version, spare: spare}
}

func (k *keyRing) signer() signer {
	k.mu.Lock()
	defer k.mu.Unlock()
	return signer{key: k.keys[k.newest], version: k.newest}
}

// rotate goes over to a new key.
func (k *keyRing) rotate() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	key := k.spare
	if key == nil {
		var err error
		if key, err = rsa.GenerateKey(rand.Reader, minimumKeyBits); err != nil {
			return err
		}
	}
	k.spare = nil
	k.newest++
	k.keys[k.newest] = key
	return nil
}

// public are the public halves by version.
func (k *keyRing) public() map[int]*rsa.PublicKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	keys := map[int]*rsa.PublicKey{}
	for version, key := range maps.All(k.keys) {
		keys[version] = &key.PublicKey
	}
	return keys
}

// reset goes back to the first key.
func (k *keyRing) reset() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if next, rotated := k.keys[k.first+1]; rotated {
		k.spare = next // the same run again has the same keys
	}
	k.keys = map[int]*rsa.PrivateKey{k.first: k.keys[k.first]}
	k.newest = k.first
}
