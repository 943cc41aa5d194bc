package core

import "github.com/valyala/fastjson"

// recordVersion is the version of the record that this program writes. It reads older ones, and refuses newer ones.
const recordVersion = 1

// Bounds of a record. An order that reaches one is in the hands of a person long before.
const (
	maxAttempts  = 10
	maxRefunds   = 30
	maxMessages  = 4*maxAttempts + 2*maxRefunds
	maxAttention = 20
	maxHistory   = 60

	maxOrderJSON    = 24 << 10
	maxRedirectJSON = 12 << 10
	// A record may grow to maxGrown by what people want, and to maxRecord by what Alipay and the merchant say.
	maxGrown  = 40 << 10
	maxRecord = 64 << 10
)

// record is all that is known of one order.
type record struct {
	referenceOrderID string
	createdAt        int64
	updatedAt        int64
	issuedAt         int64           // when the merchant signed the order
	order            *fastjson.Value // as the merchant signed it
	attempts         []*subject
	refunds          []*subject
	messages         []*outgoing
	attention        []*entry
	history          []*entry

	// What decisions are made with, out of the order.
	amount     amount // paymentAmount
	settlement string // settlementCurrency
	expiry     int64  // paymentExpiryTime, 0 for none
}

// facts are what Alipay told of a payment or a refund.
type facts struct {
	id    string // paymentId or refundId
	code  string // resultCode
	time  string // paymentTime or refundTime
	gross amount // grossSettlementAmount
}

// subject is what Alipay is asked about: an attempt to pay the order, or a refund.
type subject struct {
	refund    bool
	id        string // paymentRequestId or refundRequestId
	state     word   // paymentStatus or refundStatus
	createdAt int64
	finalAt   int64
	facts

	call    word  // the call in flight, wNone when there is none
	askedAt int64 // when the last call was given to the caller
	calls   int64 // how many were
	unknown bool  // an earlier request, to pay or to refund, may be at Alipay though nothing was heard of it
	nextAt  int64 // when to ask for the payment or the refund (again)

	conflict *conflict

	// Of an attempt.
	terminalType string // chosen by the shopper, in place of the order's
	osType       string
	redirect     *fastjson.Value // where to send the shopper, while the payment is open
	inquireAt    int64           // when to ask what became of it
	returns      int64           // how many inquiries the shopper's return has brought forward
	cancellation *cancellation

	// Of a refund.
	of     string // the paymentRequestId
	amount amount
	reason string
	by     string
}

// cancellation is the wish of an operator that a payment be cancelled.
type cancellation struct {
	at      int64
	by      string
	reason  string
	nextAt  int64  // when to ask Alipay (again)
	said    string // Alipay's answer until an inquiry has confirmed it: "S", or a result code that refuses
	endedAt int64  // 0 while it is wanted
	code    string // with which Alipay refused it
}

// conflict is a final state that Alipay reported of what was in another final state already.
type conflict struct {
	state word
	at    int64
	facts
	settledAs word
	settledAt int64
	by        string
}

// outgoing is a message to the merchant.
type outgoing struct {
	id          string
	kind        word   // its type
	about       string // the id of its subject
	at          int64  // when that became so
	state       word
	tries       int64
	nextAt      int64
	deliveredAt int64
	lastStatus  int64
}

// entry is a line of the history, or of what needs a person.
type entry struct {
	at            int64
	what          word
	from          string
	about, detail string
}

func (r *record) members(c *codec) {
	version := int64(recordVersion)
	c.number("version", &version)
	c.text("referenceOrderId", &r.referenceOrderID)
	c.number("createdAt", &r.createdAt)
	c.number("updatedAt", &r.updatedAt)
	c.number("issuedAt", &r.issuedAt)
	c.json("order", &r.order)
	c.list("attempts", len(r.attempts), maxAttempts, func(i int, c *codec) { at(&r.attempts, i).members(c) })
	c.list("refunds", len(r.refunds), maxRefunds, func(i int, c *codec) { at(&r.refunds, i).refundMembers(c) })
	c.list("messages", len(r.messages), maxMessages, func(i int, c *codec) { at(&r.messages, i).members(c) })
	c.list("attention", len(r.attention), maxAttention, func(i int, c *codec) { at(&r.attention, i).attentionMembers(c) })
	c.list("history", len(r.history), maxHistory, func(i int, c *codec) { at(&r.history, i).members(c) })
}

func (f *facts) members(c *codec, names *subjectNames) {
	c.text(names.id, &f.id)
	c.text("resultCode", &f.code)
	c.text(names.time, &f.time)
	c.amount("grossSettlementAmount", &f.gross)
}

// subjectNames are those of members that a payment and a refund have under different names.
type subjectNames struct{ key, state, id, time, amount string }

var (
	namesOfPayment = subjectNames{"paymentRequestId", "paymentStatus", "paymentId", "paymentTime", "paymentAmount"}
	namesOfRefund  = subjectNames{"refundRequestId", "refundStatus", "refundId", "refundTime", "refundAmount"}
)

func (a *subject) names() *subjectNames {
	if a.refund {
		return &namesOfRefund
	}
	return &namesOfPayment
}

func (a *subject) refundMembers(c *codec) {
	a.refund = true
	a.members(c)
	c.text("paymentRequestId", &a.of)
	c.amount("refundAmount", &a.amount)
	c.text("refundReason", &a.reason)
	c.text("by", &a.by)
}

func (a *subject) members(c *codec) {
	names := a.names()
	c.text(names.key, &a.id)
	c.word(names.state, &a.state)
	c.number("createdAt", &a.createdAt)
	c.number("finalAt", &a.finalAt)
	a.facts.members(c, names)
	c.word("call", &a.call)
	c.number("askedAt", &a.askedAt)
	c.number("calls", &a.calls)
	c.boolean("unknown", &a.unknown)
	c.number("nextAt", &a.nextAt)
	if child, has := c.child("conflict", a.conflict != nil); has {
		if a.conflict == nil {
			a.conflict = &conflict{}
		}
		d := a.conflict
		child.word(names.state, &d.state)
		child.number("at", &d.at)
		d.facts.members(&child, names)
		child.word("settledAs", &d.settledAs)
		child.number("settledAt", &d.settledAt)
		child.text("by", &d.by)
		child.end()
	}
	if a.refund {
		return
	}
	c.text("terminalType", &a.terminalType)
	c.text("osType", &a.osType)
	c.number("nextInquiryAt", &a.inquireAt)
	c.number("returns", &a.returns)
	c.json("redirect", &a.redirect)
	if child, has := c.child("cancellation", a.cancellation != nil); has {
		if a.cancellation == nil {
			a.cancellation = &cancellation{}
		}
		d := a.cancellation
		child.number("at", &d.at)
		child.text("by", &d.by)
		child.text("reason", &d.reason)
		child.number("nextAt", &d.nextAt)
		child.text("said", &d.said)
		child.number("endedAt", &d.endedAt)
		child.text("resultCode", &d.code)
		child.end()
	}
}

func (m *outgoing) members(c *codec) {
	c.text("id", &m.id)
	c.word("type", &m.kind)
	c.text("about", &m.about)
	c.number("at", &m.at)
	c.word("state", &m.state)
	c.number("tries", &m.tries)
	c.number("nextAt", &m.nextAt)
	c.number("deliveredAt", &m.deliveredAt)
	c.number("lastStatus", &m.lastStatus)
}

func (e *entry) attentionMembers(c *codec) {
	id := e.id()
	c.text("id", &id)
	c.word("code", &e.what)
	e.rest(c)
}

func (e *entry) members(c *codec) {
	c.word("what", &e.what)
	c.text("from", &e.from)
	e.rest(c)
}

func (e *entry) rest(c *codec) {
	c.number("at", &e.at)
	c.text("about", &e.about)
	c.text("detail", &e.detail)
}

// find finds a subject by its id, nil when there is none.
func find(list []*subject, id string) *subject {
	for _, a := range list {
		if a.id == id {
			return a
		}
	}
	return nil
}

func (r *record) attempt(id string) *subject { return find(r.attempts, id) }

// all are the attempts and the refunds.
func (r *record) all() [2][]*subject { return [...][]*subject{r.attempts, r.refunds} }

// latest is the last attempt, nil before the first.
func (r *record) latest() *subject {
	if len(r.attempts) == 0 {
		return nil
	}
	return r.attempts[len(r.attempts)-1]
}

// paid is the attempt that is paid, nil if none is.
func (r *record) paid() *subject {
	for _, a := range r.attempts {
		if a.state == wSuccess {
			return a
		}
	}
	return nil
}

// settled tells whether no further payment may begin, because one is paid, or is said to be by one of Alipay's words.
func (r *record) settled() bool {
	for _, a := range r.attempts {
		if a.state == wSuccess || a.conflict.open() {
			return true
		}
	}
	return false
}

// readRecord reads a stored record. It was written by this function's counterpart, so it is refused for whatever that
// would not have written, and not repaired.
func (s *step) readRecord(from object) {
	r := &s.record
	switch version, ok := wholeNumber(from.get("version")); {
	case !ok || version < 1:
		from.fail(RecordMalformed, "version")
	case version > recordVersion:
		from.fail(RecordVersion, "version", itoa64(version), itoa(recordVersion))
	default:
		read(from, r.members)
	}
	if !s.p.ok() {
		return
	}
	if r.referenceOrderID == "" || r.createdAt == 0 || r.order == nil {
		s.p.fail(RecordMalformed, from.path)
		return
	}
	s.readOrderFacts(&located{r.order.GetObject(), "/record/order", s.p})
	for n, list := range r.all() {
		for i, a := range list {
			d := a.conflict
			ok := a.id != "" && find(list, a.id) == a && a.state >= wProcessing && a.state <= wCancelled &&
				(d == nil || d.state >= wSuccess && d.state <= wCancelled)
			if a.refund {
				_, digits := atoi(a.amount.value)
				ok = ok && digits && r.attempt(a.of) != nil
			} else if a.open() {
				ok = ok && a == r.latest() && (a.inquireAt > 0 || a.call != wNone || a.cancelling())
			}
			if !ok {
				s.p.fail(RecordMalformed, "/record/"+[...]string{"attempts/", "refunds/"}[n]+itoa(i))
			}
		}
	}
	for i, m := range r.messages {
		if a := r.subject(m); a == nil || m.kind == wPaymentConflict && a.conflict == nil {
			s.p.fail(RecordMalformed, "/record/messages/"+itoa(i))
		}
	}
}

// readOrderFacts takes out of the order what decisions are made with.
func (s *step) readOrderFacts(order object) {
	r := &s.record
	r.amount = readAmountIfPresent(order, "paymentAmount")
	r.settlement, _ = order.text("settlementCurrency")
	expiry, _ := order.text("paymentExpiryTime")
	r.expiry, _ = parseISOTime(expiry)
	if _, ok := atoi(r.amount.value); !ok && s.p.ok() {
		order.fail(RecordMalformed, "paymentAmount")
	}
}

// orderText is a member of the order that is a string, "" when it is absent.
func (s *step) orderText(name string) string { return string(s.record.order.GetStringBytes(name)) }

// writeRecord writes the record. Only history is shortened to make it fit, and what people want is refused: what
// Alipay said always has room.
func (s *step) writeRecord() []byte {
	limit := maxRecord
	if s.grows {
		limit = maxGrown
	}
	for {
		w := writer{b: make([]byte, 0, 6<<10)}
		w.open('{')
		s.record.members(&codec{to: &w})
		w.close('}')
		switch {
		case len(w.b) <= maxGrown:
			return w.b
		case s.shortenHistory():
		case len(w.b) <= limit:
			return w.b
		default:
			s.p.fail(RecordTooLarge, "/record", itoa(limit>>10))
			return nil
		}
	}
}
