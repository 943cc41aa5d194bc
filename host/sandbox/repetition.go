package sandbox

import "sync"

// refusals remembers what was refused for good. A repeated request gets its result again, as Alipay documents: a new
// attempt after an F takes a new id. A request that could not be read, PARAM_ILLEGAL, is not remembered, so it can be
// corrected and sent again. Refusals are kept in memory only, the latest 4096. It is safe for concurrent use.
type refusals struct {
	mu     sync.Mutex
	byID   map[requestKey]refusedRequest
	oldest []requestKey // in the order they came
}

// refusedRequest is what was asked for and why it was refused, nil if it was not.
type refusedRequest struct {
	amount Amount
	about  string // what else must be the same in a repeated request
	result *Result
}

const maximumRefusals = 4096

func newRefusals() *refusals { return &refusals{byID: map[requestKey]refusedRequest{}} }

// repeat is the result that a request gets because one with its id was refused before, nil without one. A request that
// is refused now is remembered.
func (r *refusals) repeat(key requestKey, asked refusedRequest) *Result {
	if key.requestID == "" || asked.result != nil && asked.result.ResultCode == "PARAM_ILLEGAL" {
		return asked.result
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	before, found := r.byID[key]
	switch {
	case found && (before.amount != asked.amount || before.about != asked.about):
		return failure("REPEAT_REQ_INCONSISTENT", "this id was used before, for a request that was refused, and with other values")
	case found:
		return before.result
	case asked.result == nil || asked.result.ResultStatus != "F":
		return asked.result
	}
	if len(r.oldest) == maximumRefusals {
		delete(r.byID, r.oldest[0])
		r.oldest = r.oldest[1:]
	}
	r.oldest = append(r.oldest, key)
	r.byID[key] = asked
	return asked.result
}

func (r *refusals) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byID, r.oldest = map[requestKey]refusedRequest{}, nil
}
