package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Retry is how a [Client] repeats a request when the outcome of a call is unknown. It repeats the same request: the same ids and
// the same body, with a fresh time and signature. That never charges or refunds twice, because Alipay answers an id that it
// knows with what it made of it the first time.
//
// What is repeated: a call without a whole, signed answer (the connection failed, an HTTP error page, a cut or altered answer),
// and one to which Alipay says REQUEST_TRAFFIC_EXCEED_LIMIT, UNKNOWN_EXCEPTION or another U. What is not: refusals, answers that
// hint at the configuration, signed answers that must not be acted on, and whatever happened before anything was sent.
//
// Before a payment of unknown outcome is repeated, Alipay is asked about it; one that is found paid or dead ends [Client.Pay].
type Retry struct {
	Attempts int           // requests at most, the first one included; 0 means 4
	Wait     time.Duration // before the first repetition, doubled for each further one, and varied by half; 0 means 500 ms
	MaxWait  time.Duration // between two requests; 0 means 5 s
	Budget   time.Duration // no repetition starts later than this after the first request; 0 means 20 s
}

// DefaultRetry suits a server whose shopper waits for the cashier: up to four requests within 20 seconds.
func DefaultRetry() *Retry { return &Retry{} }

func (r *Retry) options() []backoff.RetryOption {
	or := func(d, otherwise time.Duration) time.Duration {
		if d <= 0 {
			return otherwise
		}
		return d
	}
	exponential := backoff.NewExponentialBackOff()
	exponential.InitialInterval = or(r.Wait, 500*time.Millisecond)
	exponential.MaxInterval = or(r.MaxWait, 5*time.Second)
	exponential.Multiplier = 2
	attempts := uint(4)
	if r.Attempts > 0 {
		attempts = uint(r.Attempts)
	}
	return []backoff.RetryOption{
		backoff.WithBackOff(exponential),
		backoff.WithMaxTries(attempts),
		backoff.WithMaxElapsedTime(or(r.Budget, 20*time.Second)),
	}
}

// retry runs a call by the client's policy. The error is that of the last request, and says so if only the context kept it from
// being repeated: what was sent stays of unknown outcome.
func retry[A any](ctx context.Context, c *Client, once func() (A, error)) (A, error) {
	if c.retry == nil {
		return once()
	}
	var last error
	options := append(c.retry.options(), backoff.WithNotify(func(err error, wait time.Duration) {
		c.log.LogAttrs(ctx, slog.LevelDebug, "the same request is sent again", slog.Any("error", err), slog.Duration("after", wait))
	}))
	result, err := backoff.Retry(ctx, func() (result A, err error) {
		result, err = once()
		switch {
		case err == nil:
		case ctx.Err() != nil && last != nil && !errors.Is(err, ErrOutcomeUnknown):
			// The context ended before this repetition was sent.
			return result, backoff.Permanent(stillOpen(err, last))
		case !repeatable(err):
			// What an earlier request has left open stays open, if this error says nothing about it.
			if last != nil && (beforeSending(err) || undecided(err)) {
				err = stillOpen(err, last)
			}
			return result, backoff.Permanent(err)
		default:
			last = err
		}
		return result, err
	}, options...)
	if err != nil && last != nil && !errors.Is(err, last) && ctx.Err() != nil {
		err = stillOpen(err, last)
	}
	return result, err
}

// stillOpen is an error after which the outcome of an earlier request is still unknown.
func stillOpen(err, earlier error) error {
	return fmt.Errorf("%w; the outcome of an earlier request is unknown: %w", err, earlier)
}

// undecided tells of a refusal that speaks of the call only.
func undecided(err error) bool {
	var refused *ResultError
	return errors.As(err, &refused) && refused.Undecided
}

// repeatable tells whether the same request may make things clearer.
func repeatable(err error) bool {
	var refused *ResultError
	var unverified *UnverifiedError
	var unusable *UnusableError
	switch {
	case errors.As(err, &refused):
		return refused.Outcome == Repeat || refused.Operation == payOperation.name && refused.Outcome == Inquire
	case errors.As(err, &unusable):
		return false
	case errors.As(err, &unverified):
		return !unverified.Configuration()
	}
	return errors.Is(err, ErrOutcomeUnknown)
}

// beforeSending tells whether a call failed before anything went out.
func beforeSending(err error) bool {
	var refused *ResultError
	return !errors.Is(err, ErrOutcomeUnknown) && !errors.As(err, &refused)
}

// configurationCodes are what Alipay answers, mostly unsigned, to a caller whom it does not recognise.
var configurationCodes = []string{
	"ACCESS_DENIED", "KEY_NOT_FOUND", "INVALID_API", "API_INVALID", "NO_INTERFACE_DEF", "CLIENT_INVALID", "INVALID_CLIENT",
	"SIGNATURE_INVALID", "INVALID_SIGNATURE", "MEDIA_TYPE_NOT_ACCEPTABLE", "METHOD_NOT_SUPPORTED", "OAUTH_FAIL", "ILLEGAL_CLIENT_IP",
}

// Configuration tells whether the answer hints at the client id, the keys or the contract, so that the same request would be
// answered likewise. It goes by what nobody has signed: good enough to look at the configuration, not to conclude that nothing
// was executed.
func (e *UnverifiedError) Configuration() bool {
	return slices.Contains(configurationCodes, e.Unverified.ResultCode) ||
		errors.Is(e.Err, KeyVersionUnknown) || errors.Is(e.Err, clientIDMismatch)
}

// Next is what to do after an error of this package: the outcome of a [*ResultError]; [Inquire] after any other [ErrOutcomeUnknown],
// also where a refusal leaves open what became of an earlier request, but [FixConfiguration] when the answer hints at that;
// [FixRequest] for [Problems]; "" for what has to do with neither.
func Next(err error) Outcome {
	var refused *ResultError
	var unverified *UnverifiedError
	var problems Problems
	switch {
	case errors.As(err, &refused) && refused.Undecided && errors.Is(err, ErrOutcomeUnknown) && !refused.Is(ErrOutcomeUnknown):
		return Inquire
	case errors.As(err, &refused):
		return refused.Outcome
	case errors.As(err, &unverified) && unverified.Configuration():
		return FixConfiguration
	case errors.Is(err, ErrOutcomeUnknown):
		return Inquire
	case errors.As(err, &problems):
		return FixRequest
	}
	return ""
}
