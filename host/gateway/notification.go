package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
)

// Notification is a verified message of Alipay about a payment. Members that the message lacks are empty.
type Notification struct {
	Result
	NotifyType            string `json:"notifyType"`            // PAYMENT_RESULT or PAYMENT_PENDING; others may come and mean nothing here
	PaymentRequestID      string `json:"paymentRequestId"`      // find the order by it
	PaymentID             string `json:"paymentId"`             // Alipay's name of the payment
	PaymentAmount         Amount `json:"paymentAmount"`         // compare it with the order before delivering
	GrossSettlementAmount Amount `json:"grossSettlementAmount"` // what the merchant receives, before fees, in the settlement currency
	PaymentCreateTime     string `json:"paymentCreateTime"`     // ISO 8601 with whatever offset Alipay chose
	PaymentTime           string `json:"paymentTime"`           // only of paid ones

	Warnings Problems `json:"-"`

	acknowledgement []byte
}

// Paid tells whether the shopper has paid. A PAYMENT_PENDING with the status S has not.
func (n *Notification) Paid() bool { return n.NotifyType == "PAYMENT_RESULT" && n.ResultStatus == "S" }

// Failed tells whether the payment is over without money, because it was refused, closed or not paid in time.
func (n *Notification) Failed() bool {
	return n.NotifyType == "PAYMENT_RESULT" && n.ResultStatus == "F"
}

// Acknowledge answers Alipay that the message was received, whatever it said; until then it comes again. Call it after the
// message is stored and not before.
func (n *Notification) Acknowledge(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(n.acknowledgement)
	return err
}

// maxNotification caps the body of a notification; those of the guide have 500 bytes.
const maxNotification = 64 << 10

// VerifyNotification reads a notification from the request that Alipay sent to paymentNotifyUrl. It reads the body once and
// believes nothing before the signature over path, query, client id, time and body is verified. The same notification may
// come several times, also at once: deliver an order once by the key paymentId, notifyType, resultStatus.
//
// The error is a [*NotificationError] and says what to answer. [errors.Is] finds the [Code] of the reason, such as
// SIGNATURE_MISMATCH, KEY_VERSION_UNKNOWN, CLIENT_ID_MISMATCH or TIME_TOO_OLD.
//
// Alipay's page: "notifyPayment" on https://docs.antom.com.
func (c *Client) VerifyNotification(r *http.Request) (*Notification, error) {
	notification, err := c.verifyNotification(r)
	if err != nil {
		c.log.LogAttrs(r.Context(), slog.LevelWarn, "notification refused", slog.String("error", err.Error()))
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
	head := signedHead{Config: c.configJSON, Path: c.requestTarget(r), Headers: signedHeaders(r.Header, "Request-Time")}
	if c.window == nil {
		head.Now = c.now().UnixMilli()
	}
	if err := c.verify(r.Context(), "open_notification", head, body); err != nil {
		return nil, refuse(http.StatusUnauthorized, err)
	}
	if c.window != nil {
		if err := c.window.check(c.now(), head.Headers["request-time"]); err != nil {
			return nil, refuse(http.StatusUnauthorized, err)
		}
	}
	return c.readNotification(r.Context(), body)
}

func (c *Client) readNotification(ctx context.Context, body []byte) (*Notification, error) {
	input, err := rawInput(struct {
		Config json.RawMessage `json:"config"`
	}{c.configJSON}, body)
	if err != nil {
		return nil, refuse(http.StatusInternalServerError, err)
	}
	reply, err := ask[struct {
		report
		Notification    Notification
		Acknowledgement string
	}](ctx, c.core, "read_notification", input)
	if err != nil {
		return nil, refuse(http.StatusUnprocessableEntity, err)
	}
	n := &reply.Notification
	n.Warnings, n.acknowledgement = reply.Warnings, []byte(reply.Acknowledgement)
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
	body, err := io.ReadAll(io.LimitReader(r.Body, maxNotification+1))
	switch {
	case err != nil:
		return nil, &NotificationError{http.StatusBadRequest, errors.Join(problem(BodyUnreadable, "the body cannot be read"), err)}
	case len(body) > maxNotification:
		return nil, &NotificationError{http.StatusRequestEntityTooLarge, problem(BodyTooLarge, "the notification has more than 64 KiB")}
	}
	return body, nil
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
