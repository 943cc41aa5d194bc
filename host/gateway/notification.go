package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Notification is a verified message of Alipay about a payment or a refund. Members that the message lacks are empty; times are
// ISO 8601 with whatever offset Alipay chose.
type Notification struct {
	Result
	NotifyType               string `json:"notifyType,omitempty"`              // one of those below; others may come and mean nothing here
	PaymentRequestID         string `json:"paymentRequestId,omitempty"`        // find the order by it
	PaymentID                string `json:"paymentId,omitempty"`               // Alipay's name of the payment
	PaymentAmount            Amount `json:"paymentAmount,omitzero"`            // compare it with the order before delivering
	GrossSettlementAmount    Amount `json:"grossSettlementAmount,omitzero"`    // what the merchant receives, before fees, in the settlement currency
	CustomsDeclarationAmount Amount `json:"customsDeclarationAmount,omitzero"` // only of paid ones
	PaymentCreateTime        string `json:"paymentCreateTime,omitempty"`       //
	PaymentTime              string `json:"paymentTime,omitempty"`             // only of paid ones
	RefundRequestID          string `json:"refundRequestId,omitempty"`         // of a refund: find it by this
	RefundID                 string `json:"refundId,omitempty"`                // Alipay's name of the refund
	RefundAmount             Amount `json:"refundAmount,omitzero"`             //
	RefundStatus             string `json:"refundStatus,omitempty"`            // SUCCESS or FAIL
	RefundTime               string `json:"refundTime,omitempty"`              // only of those that succeeded

	Other map[string]json.RawMessage `json:"other,omitempty"` // members that this package does not know, as they came

	State    State    `json:"-"` // what the message says of the payment or the refund; empty for a type that is not known
	Outcome  Outcome  `json:"-"` // what to do next
	Advice   Advice   `json:"-"` // the same in words
	Warnings Problems `json:"-"`

	acknowledgement string
	reply           json.RawMessage // of the core
}

// The types of notification that are understood.
const (
	PaymentResult  = "PAYMENT_RESULT"
	PaymentPending = "PAYMENT_PENDING"
	RefundResult   = "REFUND_RESULT"
)

// Paid tells whether the shopper has paid. A PAYMENT_PENDING with the status S has not.
func (n *Notification) Paid() bool { return n.NotifyType == PaymentResult && n.ResultStatus == "S" }

// Failed tells whether the payment is over without money, because it was refused, closed or not paid in time.
func (n *Notification) Failed() bool {
	return n.NotifyType == PaymentResult && n.ResultStatus == "F"
}

// Refunded tells whether money was given back.
func (n *Notification) Refunded() bool { return n.NotifyType == RefundResult && n.State == Success }

// Known tells whether the type of the notification is one that is understood.
func (n *Notification) Known() bool { return n.acknowledgement != "" }

// Key names what the notification tells: two with the same key tell the same, and an order is delivered once for each. It is the
// id of the payment (of the refund, for a refund), the notifyType and the resultStatus.
func (n *Notification) Key() string {
	id := n.PaymentID
	if n.RefundID != "" {
		id = n.RefundID
	}
	if id == "" {
		id = n.PaymentRequestID + n.RefundRequestID
	}
	return id + "|" + n.NotifyType + "|" + n.ResultStatus
}

// Acknowledge answers Alipay that the message was received, whatever it said; until then it comes again. Call it after the
// message is stored and not before. For a notification of a type that is not [Notification.Known] it says "received" as well: that
// is the caller's choice.
func (n *Notification) Acknowledge(w http.ResponseWriter) error {
	text := n.acknowledgement
	if text == "" {
		text = acknowledgement
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(http.StatusOK)
	_, err := io.WriteString(w, text)
	return err
}

// acknowledgement is for types that the core does not understand: for those it gives none.
const acknowledgement = `{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}`

// maxNotification caps the body of a notification; those of the guide have 500 bytes.
const maxNotification = 64 << 10

// VerifyNotification reads a notification from the request that Alipay sent to paymentNotifyUrl. It reads the body once and
// believes nothing before the signature over path, query, client id, time and body is verified. The same notification may
// come several times, also at once: deliver an order once by the key paymentId, notifyType, resultStatus.
//
// The error is a [*NotificationError] and says what to answer. [errors.Is] finds the [Code] of the reason, such as
// SIGNATURE_MISMATCH, KEY_VERSION_UNKNOWN, CLIENT_ID_MISMATCH or TIME_TOO_OLD.
//
// Alipay's pages: "notifyPayment" and "notifyRefund" on https://docs.antom.com.
func (c *Client) VerifyNotification(r *http.Request) (*Notification, error) {
	notification, err := c.verifyNotification(r)
	if err != nil {
		c.log.LogAttrs(r.Context(), slog.LevelWarn, "notification refused", slog.Any("error", err))
		return nil, err
	}
	c.log.LogAttrs(r.Context(), slog.LevelInfo, "notification verified",
		slog.String("notifyType", printable(notification.NotifyType)),
		slog.String("paymentRequestId", printable(notification.PaymentRequestID)),
		slog.String("paymentId", printable(notification.PaymentID)),
		slog.String("resultStatus", notification.ResultStatus),
		slog.String("resultCode", printable(notification.ResultCode)))
	return notification, nil
}

func (c *Client) verifyNotification(r *http.Request) (*Notification, error) {
	if r.Method != http.MethodPost {
		return nil, &NotificationError{http.StatusMethodNotAllowed, problem(MethodNotAllowed, "Alipay sends notifications with POST")}
	}
	body, err := readNotificationBody(r)
	if err != nil {
		return nil, err
	}
	parts := signedParts(c.requestTarget(r), r.Header, "Request-Time")
	parts.now, parts.window = c.now().UnixMilli(), c.window
	if err := c.verify(r.Context(), "open_notification", "request-time", parts, body); err != nil {
		return nil, refuse(http.StatusUnauthorized, err)
	}
	return c.readNotification(r.Context(), body)
}

func (c *Client) readNotification(ctx context.Context, body []byte) (*Notification, error) {
	room := borrowScratch()
	defer scratch.Put(room)
	input := append(append(append(room[:0], `{"config":`...), c.identityJSON...), "}\n"...)
	input = append(input, body...)
	reply, err := call(ctx, c.core, "read_notification", input)
	if err != nil {
		return nil, refuse(http.StatusUnprocessableEntity, err)
	}
	n, problems, err := readNotification(reply)
	switch {
	case err != nil:
		return nil, refuse(http.StatusInternalServerError, err)
	case len(problems) > 0:
		return nil, refuse(http.StatusUnprocessableEntity, problems)
	}
	n.reply = reply
	return n, nil
}

// refuse gives an error its status: that of the step if the message is to blame, 500 if we are.
func refuse(status int, err error) error {
	var problems Problems
	var one Problem
	if !errors.As(err, &problems) && !errors.As(err, &one) {
		status = http.StatusInternalServerError
	}
	return &NotificationError{StatusCode: status, Err: err}
}

func readNotificationBody(r *http.Request) ([]byte, error) {
	if r.Body == nil { // in a Cloudflare Worker a request without a body
		return nil, nil
	}
	room := 1024
	if r.ContentLength > 0 && r.ContentLength <= maxNotification {
		room = int(r.ContentLength) + 1 // for the read that finds the end
	}
	body := make([]byte, 0, room)
	for len(body) <= maxNotification {
		if len(body) == cap(body) {
			body = slices.Grow(body, len(body))
		}
		n, err := r.Body.Read(body[len(body):cap(body)])
		switch body = body[:len(body)+n]; {
		case err == io.EOF && len(body) <= maxNotification:
			return body, nil
		case err != nil && err != io.EOF:
			return nil, &NotificationError{http.StatusBadRequest, errors.Join(problem(BodyUnreadable, "the body cannot be read"), err)}
		}
	}
	return nil, &NotificationError{http.StatusRequestEntityTooLarge, problem(BodyTooLarge, "the notification has more than 64 KiB")}
}

// requestTarget is the path and query as they stood on the wire: what Alipay signed. Decoding and encoding again would lose
// the difference between %2f and %2F.
func (c *Client) requestTarget(r *http.Request) string {
	target := r.RequestURI
	if !strings.HasPrefix(target, "/") { // absolute, as proxies send it, or a request that was not received by net/http
		if u, err := url.ParseRequestURI(target); err == nil && u.Host != "" {
			target = u.RequestURI()
		} else {
			target = r.URL.RequestURI()
		}
	}
	if c.publicPath == "" {
		return target
	}
	if _, query, has := strings.Cut(target, "?"); has && !strings.Contains(c.publicPath, "?") {
		return c.publicPath + "?" + query
	}
	return c.publicPath
}
