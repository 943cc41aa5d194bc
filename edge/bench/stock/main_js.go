// Command stock is the checkout as a stock Worker on syumai/workers does it: workers.Serve, and a Go instance for each
// request. The benchmark measures the Worker in edge/ against it. It does the same but for the ledger, which it has not,
// and RSA is WebCrypto's here too, so that the difference is not one of arithmetic.
package main

import (
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"syscall/js"
	"time"

	"github.com/syumai/workers"
	"github.com/syumai/workers/cloudflare"
	"github.com/syumai/workers/cloudflare/fetch"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/ordertoken"
	"github.com/edgecashier/cashier/wasm/core"
)

func main() {
	workers.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/checkout" {
			http.NotFound(w, r)
			return
		}
		location, err := checkout(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusSeeOther)
	}))
}

func checkout(r *http.Request) (string, error) {
	tokenKeys, err := ordertoken.ParseKeys([]byte(cloudflare.Getenv("ORDER_TOKEN_KEYS")))
	if err != nil {
		return "", err
	}
	config, err := gateway.ParseConfig([]byte(cloudflare.Getenv("CONFIG")))
	if err != nil {
		return "", err
	}
	alipay, err := gateway.New(gateway.Options{
		Core:       nativeCore{},
		Config:     config,
		Key:        webSigner{},
		AlipayKeys: webVerifier{},
		HTTPClient: fetch.NewClient().HTTPClient(fetch.RedirectModeManual),
	})
	if err != nil {
		return "", err
	}
	origin := cloudflare.Getenv("ORIGIN")
	tokens := ordertoken.Verifier{Keys: tokenKeys, Audience: origin}
	token, err := tokens.Verify(r.PostFormValue("token"), time.Now())
	if err != nil {
		return "", err
	}
	order := token.Order
	order.PaymentRequestID = order.ReferenceOrderID
	order.PaymentNotifyURL = origin + "/notify"
	order.PaymentRedirectURL = origin + "/return/" + order.PaymentRequestID
	payment, err := alipay.Pay(r.Context(), order)
	if err != nil {
		return "", err
	}
	return payment.Redirect.Location, nil
}

// nativeCore is the core compiled into this program.
type nativeCore struct{}

func (nativeCore) Call(_ context.Context, operation string, input []byte) ([]byte, error) {
	return core.Call(operation, input)
}

type webSigner struct{}

func (webSigner) Public() crypto.PublicKey { return nil }

func (webSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("this key signs messages, not digests")
}

func (webSigner) SignMessage(_ io.Reader, message []byte, _ crypto.SignerOpts) ([]byte, error) {
	key, err := importKey("pkcs8", cloudflare.Getenv("PRIVATE_KEY"), "sign")
	if err != nil {
		return nil, err
	}
	signature, err := await(subtle.Call("sign", rsa["name"], key, array(message)))
	if err != nil {
		return nil, err
	}
	bytes := js.Global().Get("Uint8Array").New(signature)
	out := make([]byte, bytes.Length())
	js.CopyBytesToGo(out, bytes)
	return out, nil
}

type webVerifier struct{}

func (webVerifier) Verify(_ context.Context, keyVersion string, content, signature []byte) error {
	var keys map[string]string
	if err := json.Unmarshal([]byte(cloudflare.Getenv("ALIPAY_PUBLIC_KEYS")), &keys); err != nil {
		return err
	}
	key, err := importKey("spki", keys[keyVersion], "verify")
	if err != nil {
		return err
	}
	valid, err := await(subtle.Call("verify", rsa["name"], key, array(signature), array(content)))
	if err == nil && !valid.Bool() {
		err = errors.New("the signature does not fit")
	}
	return err
}

var (
	subtle = js.Global().Get("crypto").Get("subtle")
	rsa    = map[string]any{"name": "RSASSA-PKCS1-v1_5", "hash": "SHA-256"}
)

func importKey(format, text, usage string) (js.Value, error) {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return js.Undefined(), err
	}
	return await(subtle.Call("importKey", format, array(der), rsa, false, []any{usage}))
}

func array(bytes []byte) js.Value {
	array := js.Global().Get("Uint8Array").New(len(bytes))
	js.CopyBytesToJS(array, bytes)
	return array
}

func await(promise js.Value) (js.Value, error) {
	type outcome struct {
		value js.Value
		err   error
	}
	settled := make(chan outcome, 1)
	fulfilled := js.FuncOf(func(_ js.Value, args []js.Value) any {
		settled <- outcome{value: args[0]}
		return nil
	})
	defer fulfilled.Release()
	rejected := js.FuncOf(func(_ js.Value, args []js.Value) any {
		settled <- outcome{err: js.Error{Value: args[0]}}
		return nil
	})
	defer rejected.Release()
	promise.Call("then", fulfilled, rejected)
	o := <-settled
	return o.value, o.err
}
