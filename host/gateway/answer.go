package gateway

import (
	"context"
	"encoding/json"
	"log/slog"
)

// operation is one of the five calls, with the core's operations for it.
type operation struct{ name, build, read string }

// answer is how the core reads an answer that it was given verified.
type answer[Response any] struct {
	report
	Response Response
	Redirect *Redirect
	State    State
	Outcome  Outcome
	Advice   Advice
}

// Answered is what the verified answers to all calls have in common. Times are ISO 8601 with whatever offset Alipay chose.
type Answered struct {
	Result
	State    State                      `json:"-"`               // of the payment or the refund; empty if the answer does not say
	Outcome  Outcome                    `json:"-"`               // what to do next
	Advice   Advice                     `json:"-"`               // the same in words
	Other    map[string]json.RawMessage `json:"other,omitempty"` // members that this package does not know, as they came
	Warnings Problems                   `json:"-"`
}

func (a *Answered) take(state State, outcome Outcome, advice Advice, warnings Problems) {
	a.State, a.Outcome, a.Advice, a.Warnings = state, outcome, advice, warnings
}

// subject is what a request is about. It goes into the core's input under its own name.
type subject struct {
	member       string // order or request
	value        any
	terminalType string
}

func (s *subject) appendTo(to []byte) ([]byte, error) {
	if order, isOrder := s.value.(*Order); isOrder {
		return order.appendTo(to)
	}
	value, err := json.Marshal(s.value)
	return append(to, value...), err
}

// converse has one request built, signed and sent, and its answer verified and read: one exchange, whatever comes of it.
func converse[Response any](ctx context.Context, c *Client, o operation, s subject) (*answer[Response], error) {
	request, err := c.build(ctx, o, s)
	if err != nil {
		return nil, err
	}
	body, err := c.exchange(ctx, o.name, request)
	if err != nil {
		return nil, err
	}
	room := borrowScratch()
	defer scratch.Put(room)
	input := append(append(room[:0], `{"config":`...), c.configJSON...)
	if s.terminalType != "" {
		input = appendJSON(append(input, `,"terminalType":`...), s.terminalType)
	}
	input = append(append(input, '}', '\n'), body...)
	reply, err := ask[answer[Response]](ctx, c.core, o.read, input)
	if err != nil {
		return nil, &UnusableError{Operation: o.name, Err: err}
	}
	return &reply, nil
}

// build makes a request with the time of now. Its body is the same whenever it is built.
func (c *Client) build(ctx context.Context, o operation, s subject) (*builtRequest, error) {
	room := borrowScratch()
	defer scratch.Put(room)
	input := append(append(room[:0], `{"config":`...), c.configJSON...)
	input = appendJSON(append(input, `,"time":`...), c.config.requestTime(c.now()))
	input = append(appendJSON(append(input, ','), s.member), ':')
	input, err := s.appendTo(input)
	if err != nil {
		return nil, err
	}
	input = append(input, '}')
	reply, err := call(ctx, c.core, o.build, input)
	if err != nil {
		return nil, err
	}
	r, problems, err := readRequest(o.build, reply)
	if err == nil && len(problems) > 0 {
		err = problems
	}
	return r, err
}

// belongs has the core compare an answer with what was asked: Alipay signs the answer, but not the question that it belongs to.
func (c *Client) belongs(ctx context.Context, o operation, stored Stored, answer any) error {
	if err := c.match(ctx, stored, answer); err != nil {
		return &UnusableError{Operation: o.name, Err: err}
	}
	return nil
}

// tell logs the end of a call.
func (c *Client) tell(ctx context.Context, o operation, err error, attributes ...slog.Attr) {
	attributes = append(attributes, slog.String("operation", o.name))
	if err != nil {
		c.log.LogAttrs(ctx, slog.LevelWarn, "call failed", append(attributes, slog.Any("error", err))...)
		return
	}
	c.log.LogAttrs(ctx, slog.LevelInfo, "call answered", attributes...)
}
