package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/edgecashier/cashier/host/gateway"
)

// webhook is a message on the WEBHOOKS queue, on its way to the merchant. The payload is made once, so that every
// delivery has the same bytes under the same id.
type webhook struct {
	ID               string `json:"id"`
	PaymentRequestID string `json:"paymentRequestId"`
	RefundRequestID  string `json:"refundRequestId,omitempty"` // of a message about a refund
	Status           status `json:"status"`                    // the result that it tells
	Payload          string `json:"payload"`
}

// record is the row that the message is about.
func (h *webhook) record() record {
	if h.RefundRequestID != "" {
		return refundRecord(h.RefundRequestID)
	}
	return paymentRecord(h.PaymentRequestID)
}

// event is the payload: what the merchant learns.
type event struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data"` // eventData or refundData
}

type eventData struct {
	ReferenceOrderID      string         `json:"referenceOrderId"`
	PaymentRequestID      string         `json:"paymentRequestId"`
	PaymentID             string         `json:"paymentId,omitempty"`
	PaymentStatus         status         `json:"paymentStatus"`
	PaymentAmount         gateway.Amount `json:"paymentAmount"`
	GrossSettlementAmount gateway.Amount `json:"grossSettlementAmount,omitzero"`
	PaymentTime           string         `json:"paymentTime,omitempty"`
	ResultCode            string         `json:"resultCode,omitempty"`
}

type refundData struct {
	ReferenceOrderID      string         `json:"referenceOrderId"`
	PaymentRequestID      string         `json:"paymentRequestId"`
	PaymentID             string         `json:"paymentId"`
	RefundRequestID       string         `json:"refundRequestId"`
	RefundID              string         `json:"refundId,omitempty"`
	RefundStatus          status         `json:"refundStatus"`
	RefundAmount          gateway.Amount `json:"refundAmount"`
	GrossSettlementAmount gateway.Amount `json:"grossSettlementAmount,omitzero"`
	RefundTime            string         `json:"refundTime,omitempty"`
	ResultCode            string         `json:"resultCode,omitempty"`
}

var eventTypes = map[status]string{success: "succeeded", fail: "failed", cancelled: "cancelled"}

// announce puts the message about a final payment on its way, unless that is done. Should it stop half way the
// message comes twice, with the same id.
func (w *worker) announce(ctx context.Context, p *payment) error {
	if p.Status.open() || !p.WebhookQueuedAt.IsZero() {
		return nil
	}
	return w.announceAgain(ctx, p)
}

// announceAgain puts the message about a final payment on its way, as if for the first time.
func (w *worker) announceAgain(ctx context.Context, p *payment) error {
	if p.Status.open() {
		return nil
	}
	kind := eventTypes[p.Status]
	return w.queue(ctx, webhook{ID: p.PaymentRequestID + "_" + kind, PaymentRequestID: p.PaymentRequestID, Status: p.Status}, event{
		Type:      "payment." + kind,
		Timestamp: p.FinalAt,
		Data: eventData{
			ReferenceOrderID:      p.ReferenceOrderID,
			PaymentRequestID:      p.PaymentRequestID,
			PaymentID:             p.PaymentID,
			PaymentStatus:         p.Status,
			PaymentAmount:         p.Amount,
			GrossSettlementAmount: p.GrossSettlement,
			PaymentTime:           p.PaymentTime,
			ResultCode:            p.ResultCode,
		},
	})
}

// announceRefund is [worker.announce] for a refund.
func (w *worker) announceRefund(ctx context.Context, f *refund) error {
	if f.Status.open() || !f.WebhookQueuedAt.IsZero() {
		return nil
	}
	return w.announceRefundAgain(ctx, f)
}

// announceRefundAgain is [worker.announceAgain] for a refund.
func (w *worker) announceRefundAgain(ctx context.Context, f *refund) error {
	if f.Status.open() {
		return nil
	}
	p, err := w.ledger.get(ctx, f.PaymentRequestID)
	if err != nil {
		return err
	}
	kind := eventTypes[f.Status]
	hook := webhook{ID: f.RefundRequestID + "_refund_" + kind, PaymentRequestID: f.PaymentRequestID, RefundRequestID: f.RefundRequestID, Status: f.Status}
	return w.queue(ctx, hook, event{
		Type:      "refund." + kind,
		Timestamp: f.FinalAt,
		Data: refundData{
			ReferenceOrderID:      p.ReferenceOrderID,
			PaymentRequestID:      f.PaymentRequestID,
			PaymentID:             f.PaymentID,
			RefundRequestID:       f.RefundRequestID,
			RefundID:              f.RefundID,
			RefundStatus:          f.Status,
			RefundAmount:          f.Amount,
			GrossSettlementAmount: f.GrossSettlement,
			RefundTime:            f.RefundTime,
			ResultCode:            f.ResultCode,
		},
	})
}

func (w *worker) queue(ctx context.Context, hook webhook, e event) error {
	payload, err := json.Marshal(e)
	if err != nil {
		return err
	}
	hook.Payload = string(payload)
	message, err := json.Marshal(hook)
	if err != nil {
		return err
	}
	if err := w.send(ctx, "WEBHOOKS", string(message)); err != nil {
		return fmt.Errorf("queue of webhooks: %w", err)
	}
	return w.ledger.announced(ctx, hook.record(), w.now())
}

// patience is how long the merchant's server may take.
const patience = 10 * time.Second

// deliver sends a message to the merchant, signed as https://www.standardwebhooks.com says. Any status but 2xx is an
// error, after which the message is to be sent again. One that was overtaken is dropped: the merchant must not hear of a
// success after its cancellation.
func (w *worker) deliver(ctx context.Context, message []byte) error {
	var hook webhook
	if err := json.Unmarshal(message, &hook); err != nil {
		return fmt.Errorf("the message is no webhook: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	switch superseded, err := w.ledger.superseded(ctx, hook.record(), string(hook.Status)); {
	case err != nil:
		return err
	case superseded:
		w.log.InfoContext(ctx, "superseded", "webhook", hook.ID)
		return nil
	}
	now := w.now()
	signature, err := w.webhooks.Sign(hook.ID, now, []byte(hook.Payload))
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.settings.WebhookURL, bytes.NewReader([]byte(hook.Payload)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(webhooks.HeaderWebhookID, hook.ID)
	request.Header.Set(webhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	request.Header.Set(webhooks.HeaderWebhookSignature, signature)
	response, err := w.http.Do(request)
	if err != nil {
		return fmt.Errorf("webhook %s: %w", hook.ID, err)
	}
	response.Body.Close()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("webhook %s: the merchant answered with status %d", hook.ID, response.StatusCode)
	}
	return w.ledger.told(ctx, hook.record(), string(hook.Status), w.now())
}

// backoff is the time to wait after the n-th failure: 5 seconds, three times as much after each further one, 6 hours
// at most. The 12 retries in wrangler.jsonc take about 29 hours.
func backoff(attempts int) time.Duration {
	delay := 5 * time.Second
	for range attempts - 1 {
		delay = min(3*delay, 6*time.Hour)
	}
	return delay
}
