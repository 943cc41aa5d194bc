package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"io"
	"syscall/js"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/ordertoken"
)

// runtimeContext is the object that the entry keeps for this instance: env and ctx change with each lease, so they
// are read when they are needed and never kept.
var runtimeContext = js.Global().Get("context")

// services are the functions of bridge.mjs.
var (
	services           = runtimeContext.Get("cashier")
	callService        = services.Get("call")
	logService         = services.Get("log")
	signService        = services.Get("sign")
	verifyService      = services.Get("verify")
	queryService       = services.Get("query")
	verifyTokenService = services.Get("verifyToken")
	payService         = services.Get("pay")
)

// variable reads a variable or secret of the Worker, "" when there is none.
func variable(name string) string {
	if value := runtimeContext.Get("env").Get(name); value.Type() == js.TypeString {
		return value.String()
	}
	return ""
}

// bridgeCore calls core.wasm, which the entry holds for all instances.
type bridgeCore struct{}

func (bridgeCore) Call(_ context.Context, operation string, input []byte) ([]byte, error) {
	reply, err := attempt(func() js.Value { return callService.Invoke(operation, toJS(input)) })
	if err != nil {
		return nil, err
	}
	return fromJS(reply), nil
}

// webSigner signs with the merchant's key through WebCrypto, so that the key is parsed once for all instances and
// RSA runs natively, about forty times as fast as it would in wasm.
type webSigner struct{ public crypto.PublicKey }

var _ crypto.MessageSigner = webSigner{}

func (s webSigner) Public() crypto.PublicKey { return s.public }

// Sign is what a [crypto.Signer] must have; WebCrypto signs messages only.
func (webSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("this key signs messages, not digests")
}

func (webSigner) SignMessage(_ io.Reader, message []byte, options crypto.SignerOpts) ([]byte, error) {
	if _, pss := options.(*rsa.PSSOptions); pss || options.HashFunc() != crypto.SHA256 {
		return nil, errors.New("this key signs RSASSA-PKCS1-v1_5 with SHA-256 only")
	}
	signature, err := service(context.Background(), signService, toJS(message))
	if err != nil {
		return nil, err
	}
	return fromJS(signature), nil
}

// webVerifier checks Alipay's signatures through WebCrypto. The ring is there to be asked what it contains.
type webVerifier struct{ *gateway.KeyRing }

func (webVerifier) Verify(ctx context.Context, keyVersion string, content, signature []byte) error {
	valid, err := service(ctx, verifyService, keyVersion, toJS(content), toJS(signature))
	if err != nil {
		return err
	}
	if !valid.Bool() {
		return gateway.Problem{Code: gateway.SignatureMismatch, Path: "/headers/signature", Message: "the signature does not fit this message"}
	}
	return nil
}

// webTokens verifies order tokens as worker.mjs does, by token.mjs.
type webTokens struct{}

func (webTokens) Verify(token string, _ time.Time) (*ordertoken.Token, error) {
	reply, err := service(context.Background(), verifyTokenService, token)
	if err != nil {
		return nil, err
	}
	var verified struct {
		Order         json.RawMessage
		Issued        int64
		Code, Message string
	}
	if err := json.Unmarshal(fromJS(reply), &verified); err != nil {
		return nil, err
	}
	if verified.Code != "" {
		return nil, gateway.Problem{Code: gateway.Code(verified.Code), Message: verified.Message}
	}
	order, err := ordertoken.ReadOrder(verified.Order)
	if err != nil {
		return nil, err
	}
	return &ordertoken.Token{Order: order, IssuedAt: time.Unix(verified.Issued, 0)}, nil
}

// lines writes each line that is logged with the platform's console.
type lines struct{}

func (lines) Write(line []byte) (int, error) {
	logService.Invoke(string(bytes.TrimSuffix(line, []byte{'\n'})))
	return len(line), nil
}
