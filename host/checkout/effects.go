package checkout

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/edgecashier/cashier/host/gateway"
)

// start does effects in goroutines of their own. What of them is cut off is given again when it is due.
func (s *Service) start(order string, effects []effect) {
	for _, e := range effects {
		if e.Type == effectCall {
			s.flights.begin(order) // before submit returns, so that who waits finds it
		}
		s.work.run(func() { s.do(order, e) })
	}
}

// do does one effect and brings its result to the order.
func (s *Service) do(order string, e effect) {
	ctx := context.Background()
	var result event
	switch e.Type {
	case effectCall:
		defer s.flights.end(order) // after what comes of the answer has begun
		result = s.call(ctx, e)
	case effectDeliver:
		result = s.deliver(ctx, e)
	default:
		s.log.ErrorContext(ctx, "an effect of an unknown type", "type", e.Type, "id", e.ID)
		return
	}
	_, err := s.submit(ctx, order, result, "")
	var refused gateway.Problems
	if errors.As(err, &refused) && result["type"] == "answer" {
		// It is verified and cannot be used all the same, such as one about another payment.
		s.log.ErrorContext(ctx, "the answer does not belong to the call", "id", e.ID, "error", refused)
		_, err = s.submit(ctx, order, event{"type": "no-answer", "id": e.ID, "errors": refused}, "")
	}
	if err != nil {
		s.log.ErrorContext(ctx, "a result was not stored; the effect is repeated when it is due", "effect", e.ID, "error", err)
	}
}

// call makes a call to Alipay.
func (s *Service) call(ctx context.Context, e effect) event {
	ctx, cancel := context.WithTimeout(ctx, callPatience)
	defer cancel()
	began := time.Now()
	answer, err := s.client.Call(ctx, e.Operation, e.Request, e.TerminalType, e.About)
	s.alipay.note(s.now(), err)
	s.metrics.called(e.Operation, err, time.Since(began))
	if err == nil {
		return event{"type": "answer", "id": e.ID, "answer": answer}
	}
	return event{"type": "no-answer", "id": e.ID, "sent": errors.Is(err, gateway.ErrOutcomeUnknown), "errors": problemsOf(err)}
}

// problemsOf are the problems in an error, an empty list for one that has none.
func problemsOf(err error) gateway.Problems {
	var problems gateway.Problems
	var one gateway.Problem
	switch {
	case errors.As(err, &problems):
		return problems
	case errors.As(err, &one):
		return gateway.Problems{one}
	}
	return gateway.Problems{}
}

// deliver sends a message to the merchant.
func (s *Service) deliver(ctx context.Context, e effect) event {
	began := time.Now()
	status, err := s.send(ctx, s.set.webhookURL, e.ID, e.Payload)
	taken := err == nil && status/100 == 2
	if err == nil && !taken {
		err = statusError(status)
	}
	s.merchant.note(s.now(), err)
	s.metrics.delivered(taken, time.Since(began))
	result := event{"type": "delivered", "id": e.ID}
	level, text := slog.LevelInfo, "message delivered"
	if !taken {
		result["type"] = "undelivered"
		level, text = slog.LevelWarn, "message not delivered"
	}
	if status != 0 {
		result["status"] = status
	}
	s.log.Log(ctx, level, text, "webhook", e.ID, "status", status)
	return result
}

type statusError int

func (e statusError) Error() string { return "HTTP " + strconv.Itoa(int(e)) }

// Code is what is shown of it.
func (e statusError) Code() string { return "HTTP_" + strconv.Itoa(int(e)) }

// send sends a message of Standard Webhooks, signed with each secret. status is 0 when no answer came.
func (s *Service) send(ctx context.Context, address, id, payload string) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, messagePatience)
	defer cancel()
	now := s.now()
	var signatures []string
	for _, signer := range s.signers {
		signature, err := signer.Sign(id, now, []byte(payload))
		if err != nil {
			return 0, err
		}
		signatures = append(signatures, signature)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader([]byte(payload)))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(webhooks.HeaderWebhookID, id)
	request.Header.Set(webhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	request.Header.Set(webhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	response, err := s.http.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 4<<10)) // so that the connection can be used again
	return response.StatusCode, nil
}
