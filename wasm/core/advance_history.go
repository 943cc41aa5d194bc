package core

// Who an entry of the history comes from, besides "operator:NAME".
const (
	fromAlipay   = "alipay"
	fromMerchant = "merchant"
	fromShopper  = "shopper"
	fromService  = "service"
)

// note adds a line to the history. The newest are kept, and the first one, which tells when the order was accepted.
func (s *step) note(what, from, about, detail string) {
	s.touched = true
	h := append(s.record.history, &entry{s.now, what, from, about, detail})
	if over := len(h) - maxHistory; over > 0 {
		h = append(h[:1], h[1+over:]...)
	}
	s.record.history = h
}

// shortenHistory drops the older half of the history; it says no when there is nothing left to drop.
func (s *step) shortenHistory() bool {
	h := s.record.history
	if len(h) < 4 {
		return false
	}
	s.record.history = append(h[:1], h[len(h)/2:]...)
	return true
}
