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
	ActualPaymentAmount      Amount `json:"actualPaymentAmount,omitzero"`      //
	GrossSettlementAmount    Amount `json:"grossSettlementAmount,omitzero"`    // what the merchant receives, before fees, in the settlement currency
	CustomsDeclarationAmount Amount `json:"customsDeclarationAmount,omitzero"` // only of paid ones
	PaymentCreateTime        string `json:"paymentCreateTime,omitempty"`       //
	PaymentTime              string `json:"paymentTime,omitempty"`             // only of paid ones
	RefundRequestID          string `json:"refundRequestId,omitempty"`         // of a refund: find it by this
	RefundID                 string `json:"refundId,omitempty"`                // Alipay's name of the refund
	RefundAmount             Amount `json:"refundAmount,omitzero"`             //
	ActualRefundAmount       Amount `json:"actualRefundAmount,omitzero"`       //
	RefundStatus             string `json:"refundStatus,omitempty"`            // SUCCESS or FAIL
	RefundTime               string `json:"refundTime,omitempty"`              // only of those that succeeded
	SettlementQuote          Quote  `json:"settlementQuote,omitzero"`          // the rate of GrossSettlementAmount
	AcquirerReferenceNo      string `json:"acquirerReferenceNo,omitempty"`     //
	AuthReviewStatus         string `json:"authReviewStatus,omitempty"`        //
	AuthReviewSource         string `json:"authReviewSource,omitempty"`        //

	Other map[string]json.RawMessage `json:"other,omitempty"` // members that this package does not know, as they came

	// SignedPath is the request target that the signature covers: with the query, or the path alone, as Alipay seems to sign it
	// where paymentNotifyUrl has a query. In the second case nobody has signed the query.
	SignedPath string `json:"-"`

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
// id of the payment (of the refund, for a refund), the notifyType and the resultStatus, and for a refund the refundStatus.
func (n *Notification) Key() string {
	id := n.PaymentID
	if n.RefundID != "" {
		id = n.RefundID
	}
	if id == "" {
		id = n.PaymentRequestID + n.RefundRequestID
	}
	key := id + "|" + n.NotifyType + "|" + n.ResultStatus
	if n.NotifyType == RefundResult {
		key += "|" + n.RefundStatus
	}
	return key
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
// believes nothing before the signature over path, client id, time and body is verified. Where the request has a query, the
// signature is tried with the query first and then without ([Notification.SignedPath]). The same notification may come several
// times, also at once, and after the payment was cancelled: deliver an order once for each [Notification.Key], and only if its
// state allows it ([Client.NextState]). [Client.NotificationHandler] does all of that.
//
// The error is a [*NotificationError] and says what to answer. [errors.Is] finds the [Code] of the reason, such as
// SIGNATURE_MISMATCH, KEY_VERSION_UNKNOWN, CLIENT_ID_MISMATCH, TIME_TOO_OLD or BODY_EMPTY.
//
// Alipay's pages: "notifyPayment" and "notifyRefund" on https://docs.antom.com.
func (c *Client) VerifyNotification(r *http.Request) (*Notification, error) {
	notification, err := c.verifyNotification(r)
	if err != nil {
		c.logRefused(r.Context(), err)
		return nil, err
	}
	if c.log.Enabled(r.Context(), slog.LevelInfo) {
		c.log.LogAttrs(r.Context(), slog.LevelInfo, "notification verified", notification.attributes()...)
	}
	return notification, nil
}

func (c *Client) logRefused(ctx context.Context, err error) {
	c.log.LogAttrs(ctx, slog.LevelWarn, "notification refused", slog.Any("error", err))
}

// attributes are what the log says of a notification.
func (n *Notification) attributes() []slog.Attr {
	return attributes(
		"notifyType", n.NotifyType, "paymentRequestId", n.PaymentRequestID, "paymentId", n.PaymentID,
		"refundRequestId", n.RefundRequestID, "refundId", n.RefundID, "refundStatus", n.RefundStatus,
		"resultStatus", n.ResultStatus, "resultCode", n.ResultCode, "state", string(n.State),
	)
}

func (c *Client) verifyNotification(r *http.Request) (*Notification, error) {
	if r.Method != http.MethodPost {
		return nil, &NotificationError{http.StatusMethodNotAllowed, problem(MethodNotAllowed, "Alipay sends notifications with POST")}
	}
	body, err := readNotificationBody(r)
	switch {
	case err != nil:
		return nil, err
	case len(body) == 0:
		return nil, &NotificationError{http.StatusBadRequest, problem(BodyEmpty, "the body is empty: something in front of this handler has read it, or it was not sent")}
	}
	parts := signedParts(c.requestTarget(r), r.Header, "Request-Time")
	parts.at(c.now(), c.window)
	withoutQuery, err := c.verify(r.Context(), "open_notification", "request-time", parts, body)
	if err != nil {
		return nil, refuse(http.StatusUnauthorized, err)
	}
	n, err := c.readNotification(r.Context(), body)
	if err != nil {
		return nil, err
	}
	n.SignedPath = parts.path
	if withoutQuery {
		n.SignedPath, _, _ = strings.Cut(parts.path, "?")
	}
	return n, nil
}

func (c *Client) readNotification(ctx context.Context, body []byte) (*Notification, error) {
	room := borrowScratch()
	defer scratch.Put(room)
	// Nothing of the config changes how a notification is read: open_notification has compared the client id.
	input := append(append(room[:0], "{}\n"...), body...)
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
