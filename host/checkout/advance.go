package checkout

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/edgecashier/cashier/host/checkout/operator"
	"github.com/edgecashier/cashier/host/checkout/pages"
	"github.com/edgecashier/cashier/host/gateway"
)

// reply is what the core's operation advance answers.
type reply struct {
	Record  json.RawMessage
	Changed bool
	Effects []effect
	DueAt   *int64
	View    pages.View
	Summary operator.Summary
	Misfit  string
	Errors  gateway.Problems
}

// effect is what is to be done once the record is stored.
type effect struct {
	Type         string          // call or deliver
	ID           string          // names its result
	Operation    string          // of a call
	About        string          // the payment or refund of a call
	Request      json.RawMessage // of a call
	TerminalType string          // of a call
	Payload      string          // of a delivery
}

// The types of effects.
const (
	effectCall    = "call"
	effectDeliver = "deliver"
)

// event is what happened to an order: a JSON object with a member "type".
type event map[string]any

// advance has the core decide what becomes of a record. An event that is refused is [gateway.Problems].
func (s *Service) advance(ctx context.Context, record json.RawMessage, e any, language string) (*reply, error) {
	input, err := json.Marshal(struct {
		Config   json.RawMessage `json:"config"`
		Now      int64           `json:"now"`
		Record   json.RawMessage `json:"record"`
		Event    any             `json:"event"`
		Language string          `json:"language,omitempty"`
	}{s.set.config, s.now().UnixMilli(), record, e, language})
	if err != nil {
		return nil, err
	}
	began := time.Now()
	raw, err := s.core.Call(ctx, "advance", input)
	s.metrics.decided(time.Since(began))
	if err != nil {
		return nil, fmt.Errorf("core: advance: %w", err)
	}
	var r reply
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, fmt.Errorf("core: advance: %w", err)
	}
	if len(r.Errors) > 0 {
		return nil, r.Errors
	}
	return &r, nil
}

// change is what of a reply is stored, nil for nothing.
func (r *reply) change() *Change {
	if !r.Changed {
		return nil
	}
	c := &Change{Record: r.Record, Summary: r.Summary}
	if r.DueAt != nil {
		c.DueAt = *r.DueAt
	}
	return c
}

// submit brings an event to an order and starts what comes of it. It goes on when the context of the request ends. An
// event that is refused is [gateway.Problems], and nothing has changed.
func (s *Service) submit(ctx context.Context, referenceOrderID string, e any, language string) (*reply, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storePatience)
	defer cancel()
	var r *reply
	err := s.store.Update(ctx, referenceOrderID, func(record json.RawMessage) (*Change, error) {
		var err error
		if r, err = s.advance(ctx, record, e, language); err != nil {
			return nil, err
		}
		return r.change(), nil
	})
	if err != nil {
		return nil, err
	}
	s.start(referenceOrderID, r.Effects)
	return r, nil
}

// look is submit for an event that mostly changes nothing: then no transaction is begun.
func (s *Service) look(ctx context.Context, referenceOrderID string, returned bool) (*reply, error) {
	detail, err := s.store.Load(ctx, referenceOrderID)
	if err != nil {
		return nil, err
	}
	e := event{"type": "view", "returned": returned}
	r, err := s.advance(ctx, detail.Record, e, "")
	if err != nil || !r.Changed {
		return r, err
	}
	return s.submit(ctx, referenceOrderID, e, "")
}
