package gateway

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"reflect"
	"time"
)

// ContextSigner is a [crypto.Signer] that keeps a deadline, such as a client of a key service. [Options.Key] may be one. The
// context is that of the call to Alipay.
type ContextSigner interface {
	crypto.Signer
	// SignContext signs a digest as Sign does; here RSASSA-PKCS1-v1_5 over a SHA-256 digest.
	SignContext(ctx context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

// signWith signs a text within the time that the context leaves. A signer that knows no context goes on alone when that is over,
// and what it signs then is dropped.
func signWith(ctx context.Context, key crypto.Signer, content []byte) ([]byte, error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return crypto.SignMessage(key, rand.Reader, content, crypto.SHA256)
	case ContextSigner:
		digest := sha256.Sum256(content)
		return key.SignContext(ctx, digest[:], crypto.SHA256)
	}
	type signed struct {
		signature []byte
		err       error
	}
	done := make(chan signed, 1)
	go func() {
		signature, err := crypto.SignMessage(key, rand.Reader, content, crypto.SHA256)
		done <- signed{signature, err}
	}()
	select {
	case s := <-done:
		return s.signature, s.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// signerPatience is how long the trial signature of [New] may take.
const signerPatience = 15 * time.Second

// checkSigner demands a key that makes the signatures Alipay wants: RSA with 2048 bits or more, RSASSA-PKCS1-v1_5, SHA-256.
func checkSigner(key crypto.Signer) error {
	if isNil(key) {
		return problem(KeyMalformed, "the private key is a nil pointer; leave Key unset to receive notifications only")
	}
	if key.Public() == nil { // a key service that does not tell
		return nil
	}
	public, isRSA := key.Public().(*rsa.PublicKey)
	switch {
	case !isRSA:
		return problem(KeyMalformed, fmt.Sprintf("the private key belongs to a public key of type %T; Alipay uses RSA", key.Public()))
	case public == nil || public.N == nil:
		return problem(KeyMalformed, "the private key is empty")
	}
	if err := checkModulus(public); err != nil {
		return fmt.Errorf("private key: %w", err)
	}
	if _, local := key.(*rsa.PrivateKey); local || !trialSignature {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), signerPatience)
	defer cancel()
	content := []byte("a trial signature")
	signature, err := signWith(ctx, key, content)
	if err != nil {
		return fmt.Errorf("the private key cannot sign: %w", err)
	}
	if verifyWith(public, content, signature) == nil {
		return nil
	}
	digest := sha256.Sum256(content)
	if rsa.VerifyPSS(public, crypto.SHA256, digest[:], signature, nil) == nil {
		return problem(KeyMalformed, "the private key signs with RSASSA-PSS; Alipay uses RSASSA-PKCS1-v1_5 with SHA-256")
	}
	return problem(KeyMalformed, "a trial signature of the private key does not fit its own public key; Alipay uses RSASSA-PKCS1-v1_5 with SHA-256")
}

// isNil tells whether an interface holds nothing, or a pointer to nothing.
func isNil(value any) bool {
	if value == nil {
		return true
	}
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Func, reflect.Slice, reflect.Interface, reflect.Chan:
		return v.IsNil()
	}
	return false
}
