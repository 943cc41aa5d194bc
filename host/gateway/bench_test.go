package gateway_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/edgecashier/cashier/host/gateway"
)

// BenchmarkPay measures everything up to the sending of a request, next to the bare RSA signature in it.
func BenchmarkPay(b *testing.B) {
	b.Run("prepare and sign", func(b *testing.B) {
		c := client(b, "http://127.0.0.1:1", func(o *gateway.Options) {
			o.HTTPClient = roundTripper(func(r *http.Request) (*http.Response, error) { return nil, errors.New("offline") })
		})
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Pay(context.Background(), seedOrder()); !errors.Is(err, gateway.ErrOutcomeUnknown) {
				b.Fatal(err)
			}
		}
	})
	b.Run("bare signature", func(b *testing.B) {
		digest := sha256.Sum256([]byte("content"))
		for b.Loop() {
			if _, err := rsa.SignPKCS1v15(rand.Reader, merchant, crypto.SHA256, digest[:]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkVerifyNotification measures a whole notification next to the bare RSA verification in it.
func BenchmarkVerifyNotification(b *testing.B) {
	c := client(b, "")
	good := signed("/notify", sentAt, paidBody)
	b.Run("whole", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r := httptest.NewRequest(http.MethodPost, "/notify", nil)
			r.Header, r.Body = good.Header, io.NopCloser(bytes.NewReader([]byte(paidBody)))
			if _, err := c.VerifyNotification(r); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("bare verification", func(b *testing.B) {
		digest := sha256.Sum256([]byte(paidBody))
		signature, err := rsa.SignPKCS1v15(rand.Reader, alipay, crypto.SHA256, digest[:])
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := rsa.VerifyPKCS1v15(&alipay.PublicKey, crypto.SHA256, digest[:], signature); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func (f roundTripper) Do(r *http.Request) (*http.Response, error) { return f(r) }
