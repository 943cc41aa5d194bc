package hosttest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

// The kinds of notification that a [Message] can be.
const (
	PaymentSucceeded = "payment.succeeded"
	PaymentFailed    = "payment.failed"
	PaymentPending   = "payment.pending"
	RefundSucceeded  = "refund.succeeded"
	RefundFailed     = "refund.failed"
)

// Kinds lists them.
func Kinds() []string {
	return []string{PaymentSucceeded, PaymentFailed, PaymentPending, RefundSucceeded, RefundFailed}
}

// Message is a notification as Alipay would send it. What is empty gets a value that fits, but for what Body replaces: the ids
// of Alipay follow from those of the merchant, so that the same message is the same notification to a server, and one with
// another PaymentRequestID (or RefundRequestID) is another notification.
type Message struct {
	Kind             string // PaymentSucceeded by default
	ClientID         string // the guide's by default
	KeyVersion       int    // of the key that signs; 1 by default
	Time             time.Time
	PaymentRequestID string         // payment-1 by default
	PaymentID        string         // follows from PaymentRequestID by default
	PaymentAmount    gateway.Amount // one US dollar by default
	GrossSettlement  gateway.Amount // PaymentAmount by default
	RefundRequestID  string         // refund-1 by default
	RefundID         string         // follows from RefundRequestID by default
	RefundAmount     gateway.Amount // PaymentAmount by default
	ResultCode       string
	Body             []byte // what is sent instead of all that
}

// Request makes the request that brings the message to the address: to be sent with an http.Client, or given to a handler. key is
// in the place of Alipay's private key; the server under test must hold its public half.
func (m Message) Request(ctx context.Context, core gateway.Core, key crypto.Signer, address string) (*http.Request, error) {
	body := m.Body
	if body == nil {
		text, err := m.body()
		if err != nil {
			return nil, err
		}
		body = text
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	clientID, at := or(m.ClientID, "SANDBOX_5Y055A2Y2F6K05235"), m.time().Format(time.RFC3339)
	var prefix struct{ ContentPrefix string }
	if err := ask(ctx, core, "content_prefix", map[string]any{"path": r.URL.RequestURI(), "clientId": clientID, "time": at}, &prefix); err != nil {
		return nil, err
	}
	signature, err := crypto.SignMessage(key, rand.Reader, append([]byte(prefix.ContentPrefix), body...), crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var value struct{ Header string }
	if err := ask(ctx, core, "signature_header", map[string]any{"keyVersion": max(m.KeyVersion, 1), "signature": base64.StdEncoding.EncodeToString(signature)}, &value); err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json; charset=UTF-8")
	r.Header.Set("Client-Id", clientID)
	r.Header.Set("Request-Time", at)
	r.Header.Set("Signature", value.Header)
	return r, nil
}

func (m Message) time() time.Time {
	if m.Time.IsZero() {
		return time.Now()
	}
	return m.Time
}

func (m Message) body() ([]byte, error) {
	kind := or(m.Kind, PaymentSucceeded)
	if !slices.Contains(Kinds(), kind) {
		return nil, fmt.Errorf("unknown notification %q; available: %s", kind, strings.Join(Kinds(), ", "))
	}
	about, end, _ := strings.Cut(kind, ".")
	at := m.time().Format(time.RFC3339)
	amount := m.PaymentAmount
	if amount == (gateway.Amount{}) {
		amount = gateway.Amount{Currency: "USD", Value: "100"}
	}
	body := map[string]any{}
	result := map[string]string{"resultCode": or(m.ResultCode, "SUCCESS"), "resultStatus": "S", "resultMessage": "success"}
	if end == "failed" {
		result = map[string]string{"resultCode": or(m.ResultCode, map[string]string{"payment": "ORDER_IS_CLOSED", "refund": "REFUND_NOT_SUPPORTED"}[about]), "resultStatus": "F", "resultMessage": "failed"}
	}
	body["result"] = result
	if about == "refund" {
		refunded := m.RefundAmount
		if refunded == (gateway.Amount{}) {
			refunded = amount
		}
		body["notifyType"], body["refundStatus"] = gateway.RefundResult, map[string]string{"succeeded": "SUCCESS", "failed": "FAIL"}[end]
		requestID := or(m.RefundRequestID, "refund-1")
		body["refundRequestId"], body["refundId"], body["refundAmount"] = requestID, or(m.RefundID, alipayID("refund", requestID)), refunded
		if end == "succeeded" {
			body["refundTime"] = at
		}
		return json.Marshal(body)
	}
	body["notifyType"] = gateway.PaymentResult
	if end == "pending" {
		body["notifyType"] = gateway.PaymentPending
	}
	requestID := or(m.PaymentRequestID, "payment-1")
	body["paymentRequestId"], body["paymentId"] = requestID, or(m.PaymentID, alipayID("payment", requestID))
	body["paymentAmount"], body["paymentCreateTime"] = amount, at
	if end == "succeeded" {
		gross := m.GrossSettlement
		if gross == (gateway.Amount{}) {
			gross = amount
		}
		body["paymentTime"], body["grossSettlementAmount"] = at, gross
	}
	return json.Marshal(body)
}

// alipayID is an id in the form of Alipay's, a day and 27 digits, that follows from the merchant's.
func alipayID(kind, requestID string) string {
	digest := sha256.Sum256([]byte(kind + " " + requestID))
	number := new(big.Int).SetBytes(digest[:])
	number.Mod(number, new(big.Int).Exp(big.NewInt(10), big.NewInt(27), nil))
	return fmt.Sprintf("20260101%027d", number)
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// ask runs an operation of the core and reads its reply.
func ask(ctx context.Context, core gateway.Core, operation string, input, reply any) error {
	text, err := json.Marshal(input)
	if err != nil {
		return err
	}
	if text, err = core.Call(ctx, operation, text); err != nil {
		return err
	}
	var r struct{ Errors gateway.Problems }
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	if len(r.Errors) > 0 {
		return r.Errors
	}
	return json.Unmarshal(text, reply)
}
