package sandbox

import (
	"crypto/sha256"
	"strconv"
	"sync"
)

// faultPlan decides what goes wrong. It remembers how often something has, for each payment.
type faultPlan struct {
	mu      sync.Mutex
	seed    uint64
	general []fault // for every payment
	uses    map[faultKey]*faultUse
	oldest  []faultKey // in the order they came
}

// faultKey stands for a fault of a payment.
type faultKey [sha256.Size / 2]byte

type faultUse struct{ considered, happened int32 }

// maximumFaultUses is far above the number of payments that the sandbox remembers, so what happens once for each
// payment does.
const maximumFaultUses = 1 << 18

func newFaultPlan(seed uint64, general []fault) *faultPlan {
	return &faultPlan{seed: seed, general: general, uses: map[faultKey]*faultUse{}}
}

func (p *faultPlan) seedNumber() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seed
}

// set begins anew with other faults.
func (p *faultPlan) set(seed uint64, general []fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seed, p.general, p.uses, p.oldest = seed, general, map[faultKey]*faultUse{}, nil
}

func (p *faultPlan) current() (seed uint64, names []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	names = []string{}
	return p.seed, append(names, faults(p.general).names()...)
}

func (p *faultPlan) everywhere() []fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.general
}

// subject is what a message is about.
type subject struct{ clientID, paymentRequestID, description string }

func (s subject) String() string { return s.clientID + "/" + s.paymentRequestID }

// forAnswer are the faults of the answer to a call.
func (p *faultPlan) forAnswer(operation string, about subject) faults {
	return p.draw(false, operation, about)
}

// forNotification are the faults of an attempt to deliver a notification.
func (p *faultPlan) forNotification(notifyType string, about subject) faults {
	return p.draw(true, notifyType, about)
}

func (p *faultPlan) draw(onNotify bool, operation string, about subject) (drawn faults) {
	wishes := faultWishes(about.description)
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, f := range append(wishes, p.general...) {
		if f.kind.onNotify != onNotify || f.operation != "" && f.operation != operation || drawn.has(f.kind.name) {
			continue
		}
		key := strconv.Itoa(i) + " " + f.source + " " + about.String()
		use := p.use(key)
		use.considered++
		if int(use.happened) >= f.times || f.percent < 100 && chance(p.seed, key, strconv.Itoa(int(use.considered))).IntN(100) >= f.percent {
			continue
		}
		use.happened++
		drawn = append(drawn, f)
	}
	return drawn
}

// use is how often a fault was considered for a payment and happened to it. Beyond the maximum the oldest are
// forgotten.
func (p *faultPlan) use(text string) *faultUse {
	sum := sha256.Sum256([]byte(text))
	key := faultKey(sum[:])
	if use := p.uses[key]; use != nil {
		return use
	}
	if len(p.oldest) == maximumFaultUses {
		delete(p.uses, p.oldest[0])
		p.oldest = p.oldest[1:]
	}
	use := &faultUse{}
	p.oldest, p.uses[key] = append(p.oldest, key), use
	return use
}
