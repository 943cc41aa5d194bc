package checkout

import (
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// addressOf finds the address of the one who sent a request.
type addressOf func(*http.Request) netip.Addr

// limiter counts requests by address, a minute at a time.
type limiter struct {
	most int

	mu     sync.Mutex
	minute int64
	counts map[netip.Prefix]int
}

func newLimiter(most int) *limiter { return &limiter{most: most} }

// maxCounted bounds the memory of a minute; beyond it addresses that are new go uncounted.
const maxCounted = 100_000

// allow counts a request and tells whether it is within the limit. An address that is not known is not limited.
func (l *limiter) allow(address netip.Addr, now time.Time) bool {
	bits := 32
	if address.Is6() {
		bits = 64 // the network that one customer is given
	}
	network, err := address.WithZone("").Prefix(bits)
	if err != nil {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if minute := now.Unix() / 60; minute != l.minute || l.counts == nil {
		l.minute, l.counts = minute, map[netip.Prefix]int{}
	}
	if len(l.counts) >= maxCounted && l.counts[network] == 0 {
		return true
	}
	l.counts[network]++
	return l.counts[network] <= l.most
}
