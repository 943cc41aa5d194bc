package checkout

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/edgecashier/cashier/host/checkout/operator"
	"github.com/edgecashier/cashier/wasm"
)

// ledger is what the operator's calls work on.
type ledger struct{ s *Service }

var _ operator.Ledger = ledger{}

func (l ledger) List(ctx context.Context, filter operator.Filter) ([]operator.Order, error) {
	return l.s.store.List(ctx, filter)
}

func (l ledger) Find(ctx context.Context, id string) ([]operator.Match, error) {
	return l.s.store.Find(ctx, id)
}

func (l ledger) Show(ctx context.Context, referenceOrderID string) (*operator.Detail, error) {
	detail, err := l.s.store.Load(ctx, referenceOrderID)
	if errors.Is(err, ErrUnknownOrder) {
		return nil, nil
	}
	return detail, err
}

func (l ledger) Submit(ctx context.Context, referenceOrderID string, e json.RawMessage) (*operator.Detail, error) {
	if _, err := l.s.submit(ctx, referenceOrderID, e, ""); err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, viewPatience)
	defer cancel()
	for l.s.flights.wait(waiting, referenceOrderID) && waiting.Err() == nil { // a call may lead to another one
	}
	return l.s.store.Load(context.WithoutCancel(ctx), referenceOrderID)
}

func (l ledger) Retry(ctx context.Context, referenceOrderID, _ string) (bool, error) {
	if detail, err := l.Show(ctx, referenceOrderID); detail == nil || err != nil {
		return false, err
	}
	return true, l.s.store.Postpone(ctx, referenceOrderID, l.s.now(), "")
}

func (l ledger) Strays(ctx context.Context, limit int) ([]operator.Stray, error) {
	return l.s.store.Strays(ctx, limit)
}

func (l ledger) DismissStray(ctx context.Context, id, by, reason string) (bool, error) {
	return l.s.store.DismissStray(ctx, id, by, reason, l.s.now())
}

func (l ledger) Status(ctx context.Context) (*operator.Status, error) {
	now := l.s.now()
	counts, err := l.s.store.Status(ctx, now)
	if err != nil {
		return nil, err
	}
	return &operator.Status{
		Counts: counts, Now: now.UnixMilli(), Core: wasm.SHA256(),
		Alipay: l.s.alipay.read(), Merchant: l.s.merchant.read(), RefusedNotification: l.s.refused.last(),
	}, nil
}
