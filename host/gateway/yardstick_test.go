package gateway_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

// sdkSteps does with a notification what a shop does that uses the official SDK for Go (1.3.5): its CheckSignature, and then
// encoding/json into a struct of the message. The steps are that SDK's, made of the standard library here: cut the signature out of
// the header, undo its escapes and its base64, read the public key anew, put the signed text together, hash, verify, unmarshal. It
// compares no client id, looks at no time and checks nothing of what the message says.
func sdkSteps(r *http.Request, publicKey string) (n sdkNotification, err error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return n, err
	}
	_, escaped, _ := strings.Cut(r.Header.Get("Signature"), "signature=")
	encoded, err := url.QueryUnescape(escaped)
	if err != nil {
		return n, err
	}
	der, err := base64.StdEncoding.DecodeString(publicKey)
	if err != nil {
		return n, err
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return n, err
	}
	key, isRSA := parsed.(*rsa.PublicKey)
	if !isRSA {
		return n, errors.New("not an RSA public key")
	}
	content := r.Method + " " + r.RequestURI + "\n" + r.Header.Get("Client-Id") + "." + r.Header.Get("Request-Time") + "." + string(body)
	hash := sha256.New()
	hash.Write([]byte(content))
	signature, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return n, err
	}
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, hash.Sum(nil), signature); err != nil {
		return n, err
	}
	return n, json.Unmarshal(body, &n)
}

// sdkNotification has the members of notifyPayment.
type sdkNotification struct {
	Result                   sdkResult  `json:"result"`
	NotifyType               string     `json:"notifyType"`
	PaymentRequestID         string     `json:"paymentRequestId"`
	PaymentID                string     `json:"paymentId"`
	PaymentAmount            *sdkAmount `json:"paymentAmount"`
	ActualPaymentAmount      *sdkAmount `json:"actualPaymentAmount"`
	CustomsDeclarationAmount *sdkAmount `json:"customsDeclarationAmount"`
	GrossSettlementAmount    *sdkAmount `json:"grossSettlementAmount"`
	SettlementQuote          *sdkQuote  `json:"settlementQuote"`
	PaymentCreateTime        string     `json:"paymentCreateTime"`
	PaymentTime              string     `json:"paymentTime"`
	AcquirerReferenceNo      string     `json:"acquirerReferenceNo"`
}

type sdkResult struct {
	ResultCode    string `json:"resultCode"`
	ResultStatus  string `json:"resultStatus"`
	ResultMessage string `json:"resultMessage"`
}

type sdkAmount struct {
	Currency string `json:"currency"`
	Value    string `json:"value"`
}

type sdkQuote struct {
	QuoteID           string      `json:"quoteId"`
	QuoteCurrencyPair string      `json:"quoteCurrencyPair"`
	QuotePrice        json.Number `json:"quotePrice"`
}

// TestTheYardstickVerifies keeps the yardstick from being fast because it does nothing.
func TestTheYardstickVerifies(t *testing.T) {
	key := spki(t, &alipay.PublicKey)
	got, err := sdkSteps(signed("/notify", sentAt, paidBody), key)
	want := sdkNotification{
		Result:     sdkResult{ResultCode: "SUCCESS", ResultStatus: "S", ResultMessage: "success"},
		NotifyType: "PAYMENT_RESULT", PaymentRequestID: "r1", PaymentID: "p1", PaymentAmount: &sdkAmount{Currency: "USD", Value: "100"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	forged := signed("/notify", sentAt, paidBody)
	forged.Body = io.NopCloser(strings.NewReader(strings.Replace(paidBody, "100", "900", 1)))
	if _, err := sdkSteps(forged, key); !errors.Is(err, rsa.ErrVerification) {
		t.Errorf("a forged amount: %v", err)
	}
}
