package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/edgecashier/cashier/host/idempotency"
)

// Event is a verified notification that fits what is stored about its payment or refund.
type Event struct {
	Notification
	Stored Stored // what [HandlerOptions.Lookup] has found
}

// ErrNoSuchOrder is what a [HandlerOptions.Lookup] returns for a payment or a refund that it does not know.
var ErrNoSuchOrder = errors.New("there is no such order")

// HandlerOptions is what a [Client.NotificationHandler] needs besides the merchant's function.
type HandlerOptions struct {
	// Lookup finds what is stored about the payment (by PaymentRequestID) or the refund (by RefundRequestID) of a notification;
	// required. An order's [Order.Stored] is what to return. An error that is [ErrNoSuchOrder] refuses the notification. Where
	// money has moved, its amount must be stored: without PaymentAmount (for a refund, RefundAmount) nothing is handled.
	Lookup func(ctx context.Context, n *Notification) (Stored, error)

	// Store remembers what was handled; required. All servers that receive notifications must share it.
	Store idempotency.Store

	// BusyFor bounds the merchant's function: a delivery after that runs it again. Its context ends a tenth earlier, a second at
	// least and half a minute at most, so that it is over by then. 0 means a minute.
	BusyFor time.Duration

	// AcknowledgeUnknown acknowledges notifications of a type that is not known, without calling anybody. By default they are
	// refused, so that they come again, for a day, and show in the log.
	AcknowledgeUnknown bool
}

// NotificationHandler serves paymentNotifyUrl and refundNotifyUrl: it verifies a notification, finds out whether it was handled
// already, compares it with what is stored, calls handle, and acknowledges it to Alipay once handle has returned nil and that is
// stored. However often a notification comes, also at once and to several servers, handle returns nil at most once for each
// [Notification.Key], but for a process that dies, or a store that fails, right between handle and the commit.
//
// handle hears of payments that are paid, failed or pending and of refunds; it should be quick: store, then work. The answers
// that are no acknowledgement, upon which Alipay sends the notification again: those of [NotificationError], 404 for an
// order that is not known, 409 for a notification that does not fit the order, 503 while another delivery is at work, 500
// when handle, Lookup or the store fails, or Lookup has found no amount to compare with.
func (c *Client) NotificationHandler(handle func(context.Context, Event) error, options HandlerOptions) (http.Handler, error) {
	switch {
	case handle == nil:
		return nil, errors.New("gateway: there is no function to handle notifications")
	case options.Lookup == nil:
		return nil, errors.New("gateway: Lookup is missing")
	case options.Store == nil:
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

func (h *notificationHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, err := h.client.VerifyNotification(r) // logs what it refuses
	if err == nil {
		err = h.once(r.Context(), n)
		h.log(r.Context(), n, err)
	}
	var refused *NotificationError
	switch {
	case err == nil:
		_ = n.Acknowledge(w) // if the connection is gone, Alipay asks again and hears the same
	case errors.As(err, &refused):
		w.WriteHeader(refused.StatusCode)
	default:
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// once returns nil when the notification has been handled, now or before.
func (h *notificationHandler) once(ctx context.Context, n *Notification) (err error) {
	if !n.Known() {
		if h.options.AcknowledgeUnknown {
			return nil
		}
		return &NotificationError{http.StatusUnprocessableEntity, problem(NotifyTypeUnknown, "the notification is of a type that is not known")}
	}
	begun := time.Now() // the store counts from when it is asked, not from when it has answered
	state, claim, err := h.options.Store.Begin(ctx, n.Key(), h.options.BusyFor)
	switch {
	case err != nil:
		return fmt.Errorf("idempotency store: %w", err)
	case state == idempotency.Done:
		return nil
	case state == idempotency.Busy:
		return &NotificationError{http.StatusServiceUnavailable, problem(NotificationBusy, "another delivery of it is being handled")}
	}
	handled := false
	defer func() {
		if !handled {
			ending, cancel := toTheEnd(ctx)
			defer cancel()
			err = errors.Join(err, h.options.Store.Release(ending, n.Key(), claim))
		}
	}()
	working, cancel := context.WithDeadline(ctx, begun.Add(h.options.BusyFor-margin(h.options.BusyFor)))
	defer cancel()
	stored, err := h.options.Lookup(working, n)
	switch {
	case errors.Is(err, ErrNoSuchOrder):
		return &NotificationError{http.StatusNotFound, err}
	case err != nil:
		return fmt.Errorf("lookup: %w", err)
	}
	if err := comparable(stored, n); err != nil {
		return err
	}
	if err := h.client.Match(working, stored, n); err != nil {
		return refuse(http.StatusConflict, err)
	}
	if err := context.Cause(working); err != nil { // whatever took so long: there is no time left to handle it alone
		return fmt.Errorf("before handle: %w", err)
	}
	if err := h.handle(working, Event{*n, stored}); err != nil {
		return fmt.Errorf("handle: %w", err)
	}
	handled = true
	ending, cancel := toTheEnd(ctx)
	defer cancel()
	if err := h.options.Store.Commit(ending, n.Key(), claim); err != nil {
		return fmt.Errorf("idempotency store: %w", err)
	}
	return nil
}

// endTime is how long a store may take to commit or release a key.
const endTime = 10 * time.Second

// toTheEnd is for what was begun: it is ended even if the client has gone away meanwhile, or handle panics, but a store that
// hangs must not hold the delivery for ever.
func toTheEnd(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), endTime)
}

// margin is how much earlier than a claim the context of the work ends: time to return, to commit, and for clocks that differ.
func margin(busyFor time.Duration) time.Duration {
	return min(max(busyFor/10, time.Second), 30*time.Second, busyFor/2)
}

func (h *notificationHandler) log(ctx context.Context, n *Notification, err error) {
	attributes := []slog.Attr{slog.String("notifyType", printable(n.NotifyType)), slog.String("key", printable(n.Key()))}
	switch {
	case err == nil:
		h.client.log.LogAttrs(ctx, slog.LevelInfo, "notification handled", attributes...)
	case errors.Is(err, NotificationBusy):
		h.client.log.LogAttrs(ctx, slog.LevelInfo, "notification is being handled already", attributes...)
	default:
		h.client.log.LogAttrs(ctx, slog.LevelError, "notification not handled", append(attributes, slog.Any("error", err))...)
	}
}
