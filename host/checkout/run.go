package checkout

import (
	"context"
	"encoding/json"
	"time"
)

const (
	// dueAtOnce is how many orders whose time has come are worked on at the same time.
	dueAtOnce = 256
	// between two looks for due work. What a request causes is done at once, so this is for repetitions, and for work that
	// another program has left.
	dueEvery = time.Second
	// alertEvery is between two looks at what needs a person.
	alertEvery = time.Minute
)

// Run does what is due until the context ends: inquiries, repetitions, deliveries. One Run a process is enough, and any
// number of processes may run with one store. Then it waits for what it has begun, for as long as calls may take.
func (s *Service) Run(ctx context.Context) error {
	looks, alert := time.NewTicker(dueEvery), time.NewTicker(alertEvery)
	defer looks.Stop()
	defer alert.Stop()
	for {
		if _, err := s.Work(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "due work could not be looked for", "error", err)
		}
		select {
		case <-looks.C:
		case <-alert.C:
			s.alert(ctx)
		case <-ctx.Done():
			waiting, cancel := context.WithTimeout(context.WithoutCancel(ctx), callPatience+storePatience)
			defer cancel()
			return s.Wait(waiting)
		}
	}
}

// Work begins all that is due now and returns how many orders that was. It does not wait for the effects: [Service.Wait]
// does.
func (s *Service) Work(ctx context.Context) (orders int, err error) {
	for ctx.Err() == nil {
		select {
		case s.slots <- struct{}{}:
		case <-ctx.Done():
			return orders, nil
		}
		due, err := s.workOnOne(ctx)
		if err != nil || !due {
			return orders, err
		}
		orders++
	}
	return orders, nil
}

// workOnOne claims an order that is due and begins what is to be done. It gives the slot back when that is over.
func (s *Service) workOnOne(ctx context.Context) (due bool, err error) {
	var r *reply
	claiming, cancel := context.WithTimeout(context.WithoutCancel(ctx), storePatience)
	defer cancel()
	order, due, err := s.store.UpdateDue(claiming, s.now(), func(record json.RawMessage) (*Change, error) {
		var err error
		if r, err = s.advance(claiming, record, event{"type": "due"}, ""); err != nil {
			return nil, err
		}
		// Also when nothing has changed: dueAt may have, with another version of the core.
		r.Changed = true
		change := r.change()
		if len(r.Effects) == 0 && change.DueAt != 0 {
			// Never again at once: an order with nothing to do would keep this loop to itself.
			change.DueAt = max(change.DueAt, s.now().Add(dueEvery).UnixMilli())
		}
		return change, nil
	})
	free := func() { <-s.slots }
	switch {
	case !due:
		free()
		return false, err
	case err != nil:
		free()
		s.log.ErrorContext(ctx, "an order could not be worked on", "referenceOrderId", order, "error", err)
		// It must not be in the way of others.
		return true, s.store.Postpone(claiming, order, s.now().Add(time.Minute), err.Error())
	}
	s.metrics.worked()
	if len(r.Effects) == 0 {
		free()
		return true, nil
	}
	s.start(order, r.Effects[:len(r.Effects)-1])
	last := r.Effects[len(r.Effects)-1]
	if last.Type == effectCall {
		s.flights.begin(order)
	}
	s.work.run(func() {
		defer free()
		s.do(order, last)
	})
	return true, nil
}
