package checkout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/edgecashier/cashier/host/checkout/operator"
	"github.com/edgecashier/cashier/host/checkout/problem"
	"github.com/edgecashier/cashier/host/gateway"
)

// notify is POST /notify, and POST /notify/{paymentRequestId} for refunds. What is acknowledged is never sent again, so it
// is stored before: in the record of its order, or as a stray. A forgery touches no storage.
func (s *Service) notify(w http.ResponseWriter, r *http.Request) error {
	if id := r.PathValue("paymentRequestId"); id != "" && !paymentRequestIDForm.MatchString(id) {
		return problem.New("NOT_FOUND", "", "there is nothing at this address")
	}
	if err := s.readWhole(w, r, maxNotification); err != nil {
		return err
	}
	body := r.Body.(*replayed)
	// The origin has no path, so this is what Alipay requested and signed, whatever a proxy in between has added.
	r.RequestURI = r.URL.RequestURI()
	n, err := s.client.VerifyNotification(r)
	var refused *gateway.NotificationError
	switch {
	case errors.As(err, &refused) && refused.StatusCode == http.StatusUnprocessableEntity && len(problemsOf(err)) > 0:
		// Alipay has signed it, and it cannot be read. It comes again, by then perhaps to a version that can.
		s.refuse(r, body.text, err)
		return &problem.Refusal{Status: http.StatusUnprocessableEntity, Problems: problemsOf(err)}
	case errors.As(err, &refused) && refused.StatusCode < 500:
		s.refuse(r, body.text, err)
		// The answer does not say what gave it away.
		return &problem.Refusal{Status: http.StatusUnauthorized, Problems: gateway.Problems{{Code: "NOTIFICATION_REFUSED", Message: "this is no notification of Alipay"}}}
	case err != nil:
		return err
	}
	if err := s.keep(r.Context(), r.PathValue("paymentRequestId"), n); err != nil {
		return err
	}
	s.metrics.notified(n.NotifyType)
	if !n.Known() {
		// It is kept for a person; and it comes again, by then perhaps to a version that knows the kind.
		return &problem.Refusal{Status: http.StatusNotImplemented, Problems: gateway.Problems{{Code: gateway.NotifyTypeUnknown, Message: "this kind of notification is not handled here"}}}
	}
	return n.Acknowledge(w)
}

// keep brings a verified notification to its order. path is the paymentRequestId in its address, "" for none.
func (s *Service) keep(ctx context.Context, path string, n *gateway.Notification) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storePatience)
	defer cancel()
	order, err := s.orderOfNotification(ctx, path, n)
	if err != nil {
		return err
	}
	reason := "no such order"
	if order != "" {
		after, err := s.submit(ctx, order, event{"type": "notification", "notification": n.Reply()}, "")
		var unfit gateway.Problems
		switch {
		case err == nil && after.Misfit != "":
			s.log.ErrorContext(ctx, "a notification does not fit its order", "code", after.Misfit, "notifyType", n.NotifyType,
				"paymentRequestId", n.PaymentRequestID, "refundRequestId", n.RefundRequestID)
			return nil
		case err == nil:
			return nil
		case !errors.As(err, &unfit) || problem.Of(unfit).Status >= 500:
			return err
		}
		reason = string(unfit[0].Code)
	}
	s.log.ErrorContext(ctx, "a notification belongs to no order and is kept for a person", "reason", reason, "notifyType", n.NotifyType,
		"paymentRequestId", n.PaymentRequestID, "refundRequestId", n.RefundRequestID)
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	id := sha256.Sum256(text)
	return s.store.Stray(ctx, operator.Stray{ID: hex.EncodeToString(id[:16]), At: s.now().UnixMilli(), Notification: text})
}

// orderOfNotification finds the order by the address of the notification, or by the ids in it; "" when there is none.
func (s *Service) orderOfNotification(ctx context.Context, path string, n *gateway.Notification) (order string, err error) {
	for _, by := range []struct {
		id   string
		kind operator.Kind
	}{{path, operator.PaymentRequestID}, {n.PaymentRequestID, operator.PaymentRequestID}, {n.RefundRequestID, operator.RefundRequestID}} {
		if by.id == "" || order != "" || err != nil {
			continue
		}
		order, err = s.find(ctx, by.id, by.kind)
	}
	return order, err
}

// find finds the order that has an id of a kind, "" when none has it, or several.
func (s *Service) find(ctx context.Context, id string, kind operator.Kind) (order string, err error) {
	matches, err := s.store.Find(ctx, id)
	if err != nil {
		return "", err
	}
	found := 0
	for _, m := range matches {
		if m.Kind == kind {
			order = m.ReferenceOrderID
			found++
		}
	}
	if found != 1 {
		return "", nil
	}
	return order, nil
}

// replayed is a body that was read and can be read once more.
type replayed struct {
	io.Reader
	text []byte
}

// Close does nothing: the connection's own body is closed by the server.
func (*replayed) Close() error { return nil }
