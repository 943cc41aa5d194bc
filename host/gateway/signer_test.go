package gateway_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
)

// pssSigner is a key in a key service that was made for RSASSA-PSS.
type pssSigner struct{ *rsa.PrivateKey }

func (s pssSigner) Sign(random io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return rsa.SignPSS(random, s.PrivateKey, crypto.SHA256, digest, nil)
}

// otherPublic is a key service that names the public key of another key.
type otherPublic struct{ *rsa.PrivateKey }

func (otherPublic) Public() crypto.PublicKey { return &alipay.PublicKey }

type failingSigner struct{ *rsa.PrivateKey }

func (failingSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("access denied by the key service")
}

type typedNilPublic struct{ *rsa.PrivateKey }

func (typedNilPublic) Public() crypto.PublicKey { return (*rsa.PublicKey)(nil) }

// TestNewNamesKeysThatCannotSign: such keys show at start, not as INVALID_SIGNATURE at the first payment.
func TestNewNamesKeysThatCannotSign(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		key  crypto.Signer
		code gateway.Code
		says string
	}{
		"ECDSA":            {curve, gateway.KeyMalformed, "ecdsa"},
		"Ed25519":          {edwards, gateway.KeyMalformed, "ed25519"},
		"PSS":              {pssSigner{merchant}, gateway.KeyMalformed, "RSASSA-PSS"},
		"nil pointer":      {(*rsa.PrivateKey)(nil), gateway.KeyMalformed, "nil"},
		"nil EC pointer":   {(*ecdsa.PrivateKey)(nil), gateway.KeyMalformed, "nil"},
		"empty key":        {&rsa.PrivateKey{}, gateway.KeyMalformed, "empty"},
		"nil public":       {typedNilPublic{merchant}, gateway.KeyMalformed, "empty"},
		"other public key": {otherPublic{merchant}, gateway.KeyMalformed, "own public key"},
		"cannot sign":      {failingSigner{merchant}, "", "access denied"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := gateway.New(gateway.Options{Core: core, Config: gateway.Config{ClientID: clientID}, Key: test.key, AlipayKeys: verifier{}})
			if c != nil || err == nil || test.code != "" && !errors.Is(err, test.code) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// verifier is a Verifier that is no key ring.
type verifier struct{}

func (verifier) Verify(context.Context, string, []byte, []byte) error { return nil }

// TestNewTakesNoTypedNil: an interface that holds a nil pointer is as good as none.
func TestNewTakesNoTypedNil(t *testing.T) {
	good := gateway.Options{Core: core, Config: gateway.Config{ClientID: clientID}, AlipayKeys: ring(t, &alipay.PublicKey)}
	for name, change := range map[string]func(*gateway.Options){
		"Core":       func(o *gateway.Options) { o.Core = (*host.Core)(nil) },
		"AlipayKeys": func(o *gateway.Options) { o.AlipayKeys = (*gateway.KeyRing)(nil) },
	} {
		options := good
		change(&options)
		if c, err := gateway.New(options); c != nil || err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// slowSigner is a key service that takes its time, and knows no context.
type slowSigner struct {
	*rsa.PrivateKey
	delay func() time.Duration
}

func (s slowSigner) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	time.Sleep(s.delay())
	return s.PrivateKey.Sign(random, digest, opts)
}

// contextSigner is one that takes the context.
type contextSigner struct {
	slowSigner
	ended *error
}

func (s contextSigner) SignContext(ctx context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	select {
	case <-time.After(s.delay()):
		return s.PrivateKey.Sign(rand.Reader, digest, opts)
	case <-ctx.Done():
		*s.ended = ctx.Err()
		return nil, ctx.Err()
	}
}

// TestKeyServiceKeepsTheDeadline: Pay ends with its context although the key service does not, and nothing was sent.
func TestKeyServiceKeepsTheDeadline(t *testing.T) {
	for _, withContext := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			delay := time.Duration(0)
			slow := slowSigner{merchant, func() time.Duration { return delay }}
			var key crypto.Signer = slow
			var ended error
			if withContext {
				key = contextSigner{slow, &ended}
			}
			sent := 0
			c := client(t, "http://127.0.0.1:1", func(o *gateway.Options) {
				o.Key = key
				o.HTTPClient = roundTripper(func(*http.Request) (*http.Response, error) { sent++; return nil, errors.New("offline") })
			})
			delay = 2 * time.Second
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			start := time.Now()
			_, err := c.Pay(ctx, seedOrder())
			if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, gateway.ErrOutcomeUnknown) || took != 200*time.Millisecond || sent > 0 {
				t.Errorf("context %t: got %v after %v, %d sent", withContext, err, took, sent)
			}
			if (ended != nil) != withContext {
				t.Errorf("context %t: the signer saw %v", withContext, ended)
			}
			if _, err := c.Pay(t.Context(), seedOrder()); !errors.Is(err, gateway.ErrOutcomeUnknown) || sent != 1 {
				t.Errorf("with time enough: %v, %d sent", err, sent)
			}
		})
	}
}
