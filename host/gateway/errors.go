package gateway

import (
	"errors"
	"fmt"
	"slices"
)

// ErrOutcomeUnknown is what [errors.Is] finds in every error after which the payment may exist all the same. Then ask Alipay,
// or send the same order with the same paymentRequestId again: it never charges twice. A new paymentRequestId might.
var ErrOutcomeUnknown = errors.New("the outcome is unknown: inquire, or repeat with the same paymentRequestId")

// TransportError says that no whole answer came: the connection failed, or the context ended while waiting. It wraps the cause
// and is an [ErrOutcomeUnknown].
type TransportError struct {
	Operation string // pay, inquiryPayment, cancel, refund or inquiryRefund
	Err       error
}

func (e *TransportError) Error() string { return fmt.Sprintf("%s: no answer: %v", e.Operation, e.Err) }

// Unwrap returns the cause and [ErrOutcomeUnknown].
func (e *TransportError) Unwrap() []error { return []error{e.Err, ErrOutcomeUnknown} }

// UnverifiedError says that an answer came which proves nothing: it has no signature, or a wrong one, or it is not a message of
// the gateway at all. The members are for diagnosis; anybody could have written them. It wraps the cause and is an
// [ErrOutcomeUnknown].
//
// Alipay leaves its answer unsigned when it cannot tell who asks, so an unverified code SIGNATURE_INVALID, CLIENT_INVALID or
// KEY_NOT_FOUND hints at the client id, the key version, or a public key that was not uploaded.
type UnverifiedError struct {
	Operation   string // pay, inquiryPayment, cancel, refund or inquiryRefund
	HTTPStatus  int
	ContentType string
	Unverified  Result // what the body claims, if it claims anything
	Err         error
}

func (e *UnverifiedError) Error() string {
	text := fmt.Sprintf("%s: unverified answer (HTTP %d, %q)", e.Operation, e.HTTPStatus, e.ContentType)
	if e.Unverified.ResultCode != "" {
		text += fmt.Sprintf(" that claims %s/%s", e.Unverified.ResultStatus, e.Unverified.ResultCode)
	}
	if slices.Contains(configurationCodes, e.Unverified.ResultCode) {
		text += "; check the client id, the key version, and that Alipay has your public key"
	}
	return fmt.Sprintf("%s: %v", text, e.Err)
}

// Unwrap returns the cause and [ErrOutcomeUnknown].
func (e *UnverifiedError) Unwrap() []error { return []error{e.Err, ErrOutcomeUnknown} }

// UnusableError says that an answer is signed by Alipay but must not be acted on: it belongs to another payment, or would send
// the shopper to a host that is not allowed, or cannot be read. It wraps the cause ([Problems] mostly) and is an
// [ErrOutcomeUnknown].
type UnusableError struct {
	Operation string // pay, inquiryPayment, cancel, refund or inquiryRefund
	Err       error
}

func (e *UnusableError) Error() string {
	return fmt.Sprintf("%s: the signed answer cannot be used: %v", e.Operation, e.Err)
}

// Unwrap returns the cause and [ErrOutcomeUnknown].
func (e *UnusableError) Unwrap() []error { return []error{e.Err, ErrOutcomeUnknown} }

// ResultError is Alipay's own, signed answer that a call did not do what it was asked to. [errors.Is] finds its result code as a [Code],
// and [ErrOutcomeUnknown] when Alipay does not know itself.
type ResultError struct {
	Operation string // pay, inquiryPayment, cancel, refund or inquiryRefund
	Result    Result
	Outcome   Outcome // what to do next
	Advice    Advice  // the same in words

	// Undecided says that a pay, a cancel or a refund was refused for a reason that has nothing to do with the payment or the
	// refund itself. If an earlier request with the same id got no clear answer, its outcome is still unknown.
	Undecided bool
}

func (e *ResultError) Error() string {
	text := fmt.Sprintf("%s: %s/%s", e.Operation, e.Result.ResultStatus, e.Result.ResultCode)
	if e.Result.ResultMessage != "" {
		text += fmt.Sprintf(" (%s)", e.Result.ResultMessage)
	}
	return text + ": " + e.Advice.Operator
}

// Is tells whether target is the result code, or [ErrOutcomeUnknown] and the outcome that.
func (e *ResultError) Is(target error) bool {
	if target == ErrOutcomeUnknown {
		return e.Outcome == Inquire || e.Outcome == Repeat || e.Outcome == Wait || e.inquiry()
	}
	return target == Code(e.Result.ResultCode)
}

// inquiry tells whether the call was a question, the failure of which says nothing of what was asked about.
func (e *ResultError) inquiry() bool {
	return e.Operation == inquirePaymentOperation.name || e.Operation == inquireRefundOperation.name
}

// NotificationError is every error of [Client.VerifyNotification]. Answer with the status (and "Allow: POST" for 405), and without
// the reason, from which a forger could learn. Alipay sends a notification that is not acknowledged again, over 24 hours.
type NotificationError struct {
	StatusCode int // what to answer: 400 unreadable, 401 not verified, 405, 413 too large, 422 verified but not understood, 500 our own failure
	Err        error
}

func (e *NotificationError) Error() string { return fmt.Sprintf("notification: %v", e.Err) }

// Unwrap returns the cause.
func (e *NotificationError) Unwrap() error { return e.Err }
