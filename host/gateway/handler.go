package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/edgecashier/cashier/host/idempotency"
)

// Event is a verified notification that fits what is stored about its payment or refund, and tells something new about it.
type Event struct {
	Notification
	Stored Stored // what [HandlerOptions.Lookup] returned
	// Next is the state to store: that of the notification, or the stored one where that has come further already.
	Next State
}

// Contradiction is a verified notification that contradicts the final state that is stored: most often one that reports as paid a
// payment that was cancelled or has failed. Nothing may be delivered for it. Inquire, and let a person decide about the money.
//
// Its members are not embedded, so that it has no method Paid.
type Contradiction struct {
	Told   Notification // what Alipay has signed
	Stored Stored       // what [HandlerOptions.Lookup] returned
}

// ErrNoSuchOrder is what a [HandlerOptions.Lookup] returns for a payment or a refund that it does not know.
var ErrNoSuchOrder = errors.New("there is no such order")

// HandlerOptions is what a [Client.NotificationHandler] needs besides the merchant's function.
type HandlerOptions struct {
	// Lookup finds what is stored about the payment (by PaymentRequestID) or the refund (by RefundRequestID) of a notification;
	// required. An order's [Order.Stored], with the State, is what to return. An error that is [ErrNoSuchOrder] refuses the
	// notification. Where money has moved, its amount must be stored: without PaymentAmount (for a refund, RefundAmount) nothing
	// is handled.
	//
	// Return [Stored.State] wherever a state is stored. Without it a payment that is reported as paid after it was cancelled
	// cannot be told from one that is to be delivered.
	Lookup func(ctx context.Context, n *Notification) (Stored, error)

	// Contradiction hears of notifications that contradict [Stored.State], instead of the merchant's function. Once it has
	// returned nil they are acknowledged. Without it they are refused with 409 and logged as errors, and Alipay sends them again
	// for a day.
	Contradiction func(ctx context.Context, c Contradiction) error

	// Store remembers what was handled; required. All servers that receive notifications must share it.
	Store idempotency.Store

	// BusyFor limits how long the merchant's function may take: a delivery after that runs it again. Its context ends a tenth
	// earlier, a second at least and half a minute at most, so that it is over by then. 0 means a minute.
	BusyFor time.Duration

	// AcknowledgeUnknown acknowledges notifications of an unknown type without calling a function. By default they are refused,
	// so that they come again for a day, and show in the log.
	AcknowledgeUnknown bool
}

// NotificationHandler serves paymentNotifyUrl and refundNotifyUrl: it verifies a notification, finds out whether it was handled
// already, compares it with what is stored, calls handle, and acknowledges it to Alipay once handle has returned nil and that is
// stored. However often a notification comes, also at once and to several servers, handle returns nil at most once for each
// [Notification.Key], except when a process dies, or a store keeps failing, between handle and the commit.
//
// handle hears of payments that are paid, failed or pending and of refunds; it should be quick: store, then work. What tells
// nothing new about the state that Lookup returns is acknowledged without a call: store Event.Next in the same transaction as
// everything else that handle does, or what failed after it is not done again. A state may also change between Lookup and
// handle (by a cancellation), so change it with the old one as a condition:
//
//	UPDATE orders SET state = $1 WHERE id = $2 AND state = $3 -- event.Next, event.PaymentRequestID, event.Stored.State
//
// The answers that do not acknowledge, after which Alipay sends the notification again: those of [NotificationError], 404 for an
// order that is not known, 409 for a notification that does not fit the order or contradicts its state, 503 while another
// delivery is at work, 500 when handle, Lookup or the store fails, or Lookup has found no amount to compare with.
func (c *Client) NotificationHandler(handle func(context.Context, Event) error, options HandlerOptions) (http.Handler, error) {
	switch {
	case handle == nil:
		return nil, errors.New("gateway: there is no function to handle notifications")
	case options.Lookup == nil:
		return nil, errors.New("gateway: Lookup is missing")
	case isNil(options.Store):
		return nil, errors.New("gateway: Store is missing")
	}
	if options.BusyFor <= 0 {
		options.BusyFor = time.Minute
	}
	return &notificationHandler{c, handle, options}, nil
}

type notificationHandler struct {
	client  *Client
	handle  func(context.Context, Event) error
	options HandlerOptions
}

// The ways in which a notification is acknowledged, as the log has them.
const (
	wasHandled       = "notification handled"
	wasHandledBefore = "notification handled before"
	wasNotNew        = "notification tells nothing new"
	wasContradiction = "notification contradicts the stored state"
	wasUnknown       = "notification of an unknown type acknowledged"
)

func (h *notificationHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, err := h.client.verifyNotification(r)
	if err != nil {
		h.client.logRefused(r.Context(), err)
	} else {
		var end string
		end, err = h.once(r.Context(), n)
		h.log(r.Context(), n, end, err)
	}
	var refused *NotificationError
	switch {
	case err == nil:
		_ = n.Acknowledge(w) // if the connection is gone, Alipay sends it again and gets the same answer
	case errors.As(err, &refused):
		if refused.StatusCode == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", http.MethodPost)
		}
		w.WriteHeader(refused.StatusCode)
	default:
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// once returns without an error when the notification is to be acknowledged, and why.
func (h *notificationHandler) once(ctx context.Context, n *Notification) (end string, err error) {
	if !n.Known() {
		if h.options.AcknowledgeUnknown {
			return wasUnknown, nil
		}
		return "", &NotificationError{http.StatusUnprocessableEntity, problem(NotifyTypeUnknown, "the notification is of a type that is not known")}
	}
	begun := time.Now() // the store counts from when it is asked, not from when it has answered
	state, claim, err := h.options.Store.Begin(ctx, n.Key(), h.options.BusyFor)
	switch {
	case err != nil:
		return "", fmt.Errorf("idempotency store: %w", err)
	case state == idempotency.Done:
		return wasHandledBefore, nil
	case state == idempotency.Busy:
		return "", &NotificationError{http.StatusServiceUnavailable, problem(NotificationBusy, "another delivery of it is being handled")}
	}
	handled := false
	defer func() {
		if !handled {
			released := h.end(ctx, func(ctx context.Context) error { return h.options.Store.Release(ctx, n.Key(), claim) })
			err = errors.Join(err, released)
		}
	}()
	working, cancel := context.WithDeadline(ctx, begun.Add(h.options.BusyFor-margin(h.options.BusyFor)))
	defer cancel()
	if end, err = h.work(working, n); err != nil {
		return "", err
	}
	handled = true
	if err := h.end(ctx, func(ctx context.Context) error { return h.options.Store.Commit(ctx, n.Key(), claim) }); err != nil {
		return "", fmt.Errorf("idempotency store: %w", err)
	}
	return end, nil
}

// work compares a notification with what is stored and tells the merchant.
func (h *notificationHandler) work(ctx context.Context, n *Notification) (end string, err error) {
	stored, err := h.options.Lookup(ctx, n)
	switch {
	case errors.Is(err, ErrNoSuchOrder):
		return "", &NotificationError{http.StatusNotFound, err}
	case err != nil:
		return "", fmt.Errorf("lookup: %w", err)
	}
	if err := comparable(stored, n); err != nil {
		return "", err
	}
	warnings, err := h.client.match(ctx, stored, n)
	if err != nil {
		return "", refuse(http.StatusConflict, err)
	}
	n.Warnings = append(n.Warnings, warnings...)
	next, news, err := h.news(ctx, stored, n)
	if err != nil {
		return "", err
	}
	if err := context.Cause(ctx); err != nil { // the steps before took all the time that there is
		return "", fmt.Errorf("before handle: %w", err)
	}
	switch {
	case news == wasNotNew:
		return news, nil
	case news == wasContradiction && h.options.Contradiction == nil:
		return "", &NotificationError{http.StatusConflict, problem(StateContradictory, "the notification says "+string(n.State)+
			" of what is stored as "+string(stored.State)+"; inquire, and set HandlerOptions.Contradiction to hear of it")}
	case news == wasContradiction:
		if err := h.options.Contradiction(ctx, Contradiction{*n, stored}); err != nil {
			return "", fmt.Errorf("contradiction: %w", err)
		}
		return news, nil
	}
	if err := h.handle(ctx, Event{*n, stored, next}); err != nil {
		return "", fmt.Errorf("handle: %w", err)
	}
	return wasHandled, nil
}

// news tells what a notification does to the stored state.
func (h *notificationHandler) news(ctx context.Context, stored Stored, n *Notification) (next State, news string, err error) {
	if stored.State == "" {
		return n.State, wasHandled, nil
	}
	compare := h.client.NextState
	if n.NotifyType == RefundResult {
		compare = h.client.NextRefundState
	}
	next, conflict, err := compare(ctx, stored.State, n.State)
	switch {
	case err != nil:
		return "", "", fmt.Errorf("state that Lookup returned: %v", err) // not %w: the message is not to blame
	case conflict, n.State == Success && next != Success: // money that is not among what is stored
		return next, wasContradiction, nil
	case next == stored.State && (n.Outcome != Inquire || stored.State.Final()):
		return next, wasNotNew, nil
	}
	return next, wasHandled, nil
}

// endTime is how long a store may take to commit or release a key, repetitions included.
const endTime = 10 * time.Second

// end commits or releases a key, even if the client has gone away meanwhile or handle panics. What fails is tried again, since a
// commit that is lost runs handle a second time. A store that hangs does not hold the delivery for longer than endTime.
func (h *notificationHandler) end(ctx context.Context, step func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 20*time.Millisecond, time.Second
	var last error
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		last = step(ctx)
		if errors.Is(last, idempotency.ErrLost) {
			return struct{}{}, backoff.Permanent(last)
		}
		return struct{}{}, last
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(endTime))
	if err != nil {
		return last // says more than that the time is over
	}
	return nil
}

// margin is how much earlier than a claim the context of the work ends: time to return, to commit, and for clocks that differ.
func margin(busyFor time.Duration) time.Duration {
	return min(max(busyFor/10, time.Second), 30*time.Second, busyFor/2)
}

func (h *notificationHandler) log(ctx context.Context, n *Notification, end string, err error) {
	attributes := n.attributes()
	switch {
	case err == nil && end == wasContradiction:
		h.client.log.LogAttrs(ctx, slog.LevelError, end, attributes...)
	case err == nil:
		h.client.log.LogAttrs(ctx, slog.LevelInfo, end, attributes...)
	case errors.Is(err, NotificationBusy):
		h.client.log.LogAttrs(ctx, slog.LevelInfo, "notification is being handled already", attributes...)
	default:
		h.client.log.LogAttrs(ctx, slog.LevelError, "notification not handled", append(attributes, slog.Any("error", err))...)
	}
}
