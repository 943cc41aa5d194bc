// Package webhook receives, on the merchant's server, what the Cloudflare Worker tells about payments: they arrive as messages of
// the Standard Webhooks specification, https://www.standardwebhooks.com, signed with a secret that both know.
//
// A message may come several times; every delivery has the same [Event.ID]. Messages may also come out of order, since one that was
// not answered comes again hours later: of those about one payment (by PaymentRequestID), or about one refund (by
// RefundRequestID), the one with the newer [Event.Timestamp] wins, and an older one changes nothing any more. A merchant that lets Alipay notify its own server
// needs package gateway instead.
package webhook

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/edgecashier/cashier/host/gateway"
)

// The types of an event. Later versions may send more: answer 2xx to those you do not know.
const (
	PaymentSucceeded = "payment.succeeded" // the shopper has paid: compare the amount, then deliver, once
	PaymentFailed    = "payment.failed"    // this attempt is over without money
	PaymentCancelled = "payment.cancelled" // cancelled, and what was paid is given back
	PaymentConflict  = "payment.conflict"  // Alipay reported two final states: deliver nothing, the operator settles it
	RefundSucceeded  = "refund.succeeded"  // the refund is made: compare the amount
	RefundFailed     = "refund.failed"     // this refund is over, and no money was given back
)

// Event is a verified message.
type Event struct {
	ID        string    `json:"-"` // the same for every delivery of this event
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"` // when it happened, not when it was sent; the newer one wins
	Data      Data      `json:"data"`
}

// Data is what happened to which payment, and to which refund of it if the event is about one. Members that are not known, or that
// belong to the other kind of event, are empty. Names are those of Alipay's API.
type Data struct {
	ReferenceOrderID      string         `json:"referenceOrderId"` // the merchant's order
	PaymentRequestID      string         `json:"paymentRequestId"`
	PaymentID             string         `json:"paymentId"`
	PaymentStatus         string         `json:"paymentStatus"`         // SUCCESS, FAIL or CANCELLED; of a payment
	PaymentAmount         gateway.Amount `json:"paymentAmount"`         // of a payment
	PaymentTime           string         `json:"paymentTime"`           // of a payment; ISO 8601 with whatever offset Alipay chose
	RefundRequestID       string         `json:"refundRequestId"`       // of a refund, like the next four
	RefundID              string         `json:"refundId"`              // Alipay's
	RefundStatus          string         `json:"refundStatus"`          // SUCCESS or FAIL
	RefundAmount          gateway.Amount `json:"refundAmount"`          //
	RefundTime            string         `json:"refundTime"`            // as PaymentTime
	GrossSettlementAmount gateway.Amount `json:"grossSettlementAmount"` // what the merchant receives or, of a refund, gives back; before fees
	ResultCode            string         `json:"resultCode"`            // Alipay's
	ConflictingStatus     string         `json:"conflictingStatus"`     // of a payment in conflict: what Alipay said besides PaymentStatus
	Origin                string         `json:"origin"`                // of the service that tells it
	ClientID              string         `json:"clientId"`              // the merchant's at Alipay
}

// The codes of the errors of this package, each of which is a gateway.Problem.
const (
	SecretMalformed gateway.Code = "WEBHOOK_SECRET"    // no secret, or one of fewer than 24 bytes
	Unverified      gateway.Code = "WEBHOOK_SIGNATURE" // not signed with the secret, or altered
	OutOfTime       gateway.Code = "WEBHOOK_TIME"      // sent more than five minutes ago or from now; is the clock right?
	Malformed       gateway.Code = "WEBHOOK_MALFORMED" // signed, but no event
)

// maxBody caps a message; an event has some 600 bytes.
const maxBody = 64 << 10

// minSecret is the length in bytes that the specification asks for at least.
const minSecret = 24

// Receiver recognises messages by their signature, which covers id, time and body. It takes headers in any spelling, and signatures that
// a proxy or an adapter has divided at commas. It does not remember what it has received: a message that is sent twice within five
// minutes is received twice, with the same [Event.ID]. Workers of a sandbox and of production should have different secrets; an
// event also says by its Origin and ClientID which of them it is from. It does not change and may be used concurrently.
type Receiver struct{ secrets []*webhooks.Webhook }

// NewReceiver takes the secret that the Worker has, whsec_ and base64. To change it, give the new one and the old one until the
// Worker has the new one.
func NewReceiver(secrets ...string) (*Receiver, error) {
	r := &Receiver{}
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(secret), "whsec_"))
		if err != nil || len(key) < minSecret {
			return nil, problem(SecretMalformed, "the secret is not whsec_ and at least 24 bytes in base64")
		}
		verifier, err := webhooks.NewWebhookRaw(key)
		if err != nil {
			return nil, problem(SecretMalformed, "the secret cannot be used")
		}
		r.secrets = append(r.secrets, verifier)
	}
	if len(r.secrets) == 0 {
		return nil, problem(SecretMalformed, "there is no secret")
	}
	return r, nil
}

// Receive takes the event out of a request. It reads the body once and believes nothing before the signature is verified. The
// error is a gateway.Problem; [Status] says what to answer.
func (r *Receiver) Receive(request *http.Request) (*Event, error) {
	if request.Method != http.MethodPost {
		return nil, problem(gateway.MethodNotAllowed, "messages are sent with POST")
	}
	if request.Body == nil { // as some adapters and tests make requests
		request.Body = http.NoBody
	}
	body, err := io.ReadAll(io.LimitReader(request.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, errors.Join(problem(gateway.BodyUnreadable, "the body cannot be read"), err)
	case len(body) == 0:
		return nil, problem(Unverified, "the body is empty; was it read before?")
	case len(body) > maxBody:
		return nil, problem(gateway.BodyTooLarge, "the message has more than 64 KiB")
	}
	header := signed(request.Header)
	if err := r.verify(body, header); err != nil {
		return nil, err
	}
	event := &Event{ID: header.Get(webhooks.HeaderWebhookID)}
	if err := json.Unmarshal(body, event); err != nil || event.Type == "" {
		return nil, problem(Malformed, "the message is signed but holds no event")
	}
	return event, nil
}

// signed returns the headers that a signature needs, as the library reads them: one line each, and signatures as "v1,… v1,…".
func signed(header http.Header) http.Header {
	values := func(name string) (all []string) {
		for spelt, lines := range header {
			if strings.EqualFold(spelt, name) {
				all = append(all, lines...)
			}
		}
		return all
	}
	clean := http.Header{}
	for _, name := range []string{webhooks.HeaderWebhookID, webhooks.HeaderWebhookTimestamp} {
		if lines := values(name); len(lines) == 1 || len(lines) > 1 && allEqual(lines) {
			clean.Set(name, strings.TrimSpace(lines[0]))
		}
	}
	var signatures []string
	version := ""
	for _, word := range strings.FieldsFunc(strings.Join(values(webhooks.HeaderWebhookSignature), ","), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		if versionPattern.MatchString(word) {
			version = word
		} else if version != "" {
			signatures = append(signatures, version+","+word)
		}
	}
	clean.Set(webhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return clean
}

// allEqual tells whether a header that came several times says the same each time: which one was signed would be a guess.
func allEqual(lines []string) bool {
	return !slices.ContainsFunc(lines, func(line string) bool { return line != lines[0] })
}

// versionPattern is what stands before a signature. No signature looks like it.
var versionPattern = regexp.MustCompile(`^v[0-9]{1,3}[a-z]?$`)

func (r *Receiver) verify(body []byte, header http.Header) error {
	late := false
	for _, secret := range r.secrets {
		err := secret.Verify(body, header)
		if err == nil {
			return nil
		}
		late = late || errors.Is(err, webhooks.ErrMessageTooOld) || errors.Is(err, webhooks.ErrMessageTooNew)
	}
	if late {
		return problem(OutOfTime, "the message was not sent within five minutes of now; is the clock right?")
	}
	return problem(Unverified, "the message is not signed with the secret of this receiver")
}

// Status is what to answer to an error of [Receiver.Receive].
func Status(err error) int {
	switch {
	case errors.Is(err, gateway.MethodNotAllowed):
		return http.StatusMethodNotAllowed
	case errors.Is(err, gateway.BodyTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, Unverified), errors.Is(err, OutOfTime):
		return http.StatusUnauthorized
	}
	return http.StatusBadRequest
}

// Handler answers the Worker's requests: handle is called for every verified event, and the answer is 204 when it returns nil.
// After any other answer the Worker sends the event again, for hours; so return nil as soon as the event is stored, and do not
// act twice on the same [Event.ID].
func (r *Receiver) Handler(handle func(context.Context, Event) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		event, err := r.Receive(request)
		if err != nil {
			http.Error(w, http.StatusText(Status(err)), Status(err))
			return
		}
		if err := handle(request.Context(), *event); err != nil {
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

func problem(code gateway.Code, message string) error {
	return fmt.Errorf("webhook: %w", gateway.Problem{Code: code, Message: message})
}
