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
	version          int64
	referenceOrderID string
	createdAt        int64
	updatedAt        int64
	issuedAt         int64           // when the merchant signed the order
	order            *fastjson.Value // as the merchant signed it
	attempts         []*attempt
	refunds          []*refundRecord
	messages         []*outgoing
	attention        []*attention
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

// calling is the one call to Alipay that may be in flight about a payment or a refund.
type calling struct {
	call    string // its operation, "" when none is in flight
	askedAt int64  // when the last one was given to the caller
	calls   int64  // how many were
	// An earlier request, to pay or to refund, may be at Alipay though nothing was heard of it.
	unknown bool
}

// attempt is one try to pay the order.
type attempt struct {
	id           string // paymentRequestId
	state        string // paymentStatus
	createdAt    int64
	finalAt      int64
	terminalType string // chosen by the shopper, in place of the order's
	osType       string
	redirect     *fastjson.Value // where to send the shopper, while the payment is open
	facts
	calling
	payAt        int64 // when to ask for the payment (again)
	inquireAt    int64 // when to ask what became of it
	returns      int64 // how many inquiries the shopper's return has brought forward
	cancellation *cancellation
	conflict     *conflict
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
	state string
	at    int64
	facts
	settledAs string
	settledAt int64
	by        string
}

// refundRecord is a refund that an operator wants.
type refundRecord struct {
	id               string // refundRequestId
	paymentRequestID string
	amount           amount
	reason           string
	by               string
	state            string // refundStatus
	createdAt        int64
	finalAt          int64
	facts
	calling
	nextAt   int64
	conflict *conflict
}

// outgoing is a message to the merchant.
type outgoing struct {
	id          string
	kind        string // its type, such as payment.succeeded
	about       string // paymentRequestId or refundRequestId
	at          int64  // when that became so
	state       string
	tries       int64
	nextAt      int64
	deliveredAt int64
	lastStatus  int64
}

// attention is what needs a person.
type attention struct {
	id, code, about, detail string
	at                      int64
}

// entry is a line of the history.
type entry struct {
	at                        int64
	what, from, about, detail string
}

func (r *record) members(c *codec) {
	c.number("version", &r.version)
	c.text("referenceOrderId", &r.referenceOrderID)
	c.number("createdAt", &r.createdAt)
	c.number("updatedAt", &r.updatedAt)
	c.number("issuedAt", &r.issuedAt)
	c.json("order", &r.order)
	listOf(c, "attempts", &r.attempts, maxAttempts, (*attempt).members)
	listOf(c, "refunds", &r.refunds, maxRefunds, (*refundRecord).members)
	listOf(c, "messages", &r.messages, maxMessages, (*outgoing).members)
	listOf(c, "attention", &r.attention, maxAttention, (*attention).members)
	listOf(c, "history", &r.history, maxHistory, (*entry).members)
}

func (f *facts) members(c *codec, id, time string) {
	c.text(id, &f.id)
	c.text("resultCode", &f.code)
	c.text(time, &f.time)
	c.amount("grossSettlementAmount", &f.gross)
}

func (k *calling) members(c *codec) {
	c.text("call", &k.call)
	c.number("askedAt", &k.askedAt)
	c.number("calls", &k.calls)
	c.boolean("unknown", &k.unknown)
}

func (a *attempt) members(c *codec) {
	c.text("paymentRequestId", &a.id)
	c.text("paymentStatus", &a.state)
	c.number("createdAt", &a.createdAt)
	c.number("finalAt", &a.finalAt)
	c.text("terminalType", &a.terminalType)
	c.text("osType", &a.osType)
	a.facts.members(c, "paymentId", "paymentTime")
	a.calling.members(c)
	c.number("nextPayAt", &a.payAt)
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
	conflictMember(c, &a.conflict, "paymentStatus", "paymentId", "paymentTime")
}

func conflictMember(c *codec, to **conflict, state, id, time string) {
	if child, has := c.child("conflict", *to != nil); has {
		if *to == nil {
			*to = &conflict{}
		}
		d := *to
		child.text(state, &d.state)
		child.number("at", &d.at)
		d.facts.members(&child, id, time)
		child.text("settledAs", &d.settledAs)
		child.number("settledAt", &d.settledAt)
		child.text("by", &d.by)
		child.end()
	}
}

func (f *refundRecord) members(c *codec) {
	c.text("refundRequestId", &f.id)
	c.text("paymentRequestId", &f.paymentRequestID)
	c.amount("refundAmount", &f.amount)
	c.text("refundReason", &f.reason)
	c.text("by", &f.by)
	c.text("refundStatus", &f.state)
	c.number("createdAt", &f.createdAt)
	c.number("finalAt", &f.finalAt)
	f.facts.members(c, "refundId", "refundTime")
	f.calling.members(c)
	c.number("nextAt", &f.nextAt)
	conflictMember(c, &f.conflict, "refundStatus", "refundId", "refundTime")
}

func (m *outgoing) members(c *codec) {
	c.text("id", &m.id)
	c.text("type", &m.kind)
	c.text("about", &m.about)
	c.number("at", &m.at)
	c.text("state", &m.state)
	c.number("tries", &m.tries)
	c.number("nextAt", &m.nextAt)
	c.number("deliveredAt", &m.deliveredAt)
	c.number("lastStatus", &m.lastStatus)
}

func (t *attention) members(c *codec) {
	c.text("id", &t.id)
	c.text("code", &t.code)
	c.number("at", &t.at)
	c.text("about", &t.about)
	c.text("detail", &t.detail)
}

func (e *entry) members(c *codec) {
	c.number("at", &e.at)
	c.text("what", &e.what)
	c.text("from", &e.from)
	c.text("about", &e.about)
	c.text("detail", &e.detail)
}

// readRecord reads a stored record. It was written by this function's counterpart, so it is refused for whatever that
// would not have written, and not repaired.
func (s *step) readRecord(from object) {
	r := &s.record
	switch version, ok := wholeNumber(from.get("version")); {
	case !ok || version < 1:
		s.p.fail(RecordMalformed, from.at("version"))
	case version > recordVersion:
		s.p.fail(RecordVersion, from.at("version"), itoa64(version), itoa(recordVersion))
	}
	if !s.p.ok() {
		return
	}
	read(from, r.members)
	if !s.p.ok() {
		return
	}
	if r.referenceOrderID == "" || r.createdAt == 0 || r.order == nil {
		s.p.fail(RecordMalformed, from.path)
		return
	}
	s.readOrderFacts(object{r.order.GetObject(), from.at("order"), s.p})
	for i, a := range r.attempts {
		path := from.at("attempts") + "/" + itoa(i)
		switch a.state {
		case stateProcessing, statePending:
			if i < len(r.attempts)-1 || a.inquireAt == 0 && a.call == "" && !a.cancelling() {
				s.p.fail(RecordMalformed, path)
			}
		case stateSuccess, stateFail, stateCancelled:
		default:
			s.p.fail(RecordMalformed, path+"/paymentStatus")
		}
		if a.id == "" || r.attempt(a.id) != a {
			s.p.fail(RecordMalformed, path+"/paymentRequestId")
		}
	}
	for i, f := range r.refunds {
		path := from.at("refunds") + "/" + itoa(i)
		switch f.state {
		case stateProcessing, stateSuccess, stateFail:
		default:
			s.p.fail(RecordMalformed, path+"/refundStatus")
		}
		if f.id == "" || r.refund(f.id) != f || r.attempt(f.paymentRequestID) == nil {
			s.p.fail(RecordMalformed, path)
		}
		if _, ok := atoi(f.amount.value); !ok {
			s.p.fail(RecordMalformed, path+"/refundAmount")
		}
	}
	for i, m := range r.messages {
		if !r.knows(m) {
			s.p.fail(RecordMalformed, from.at("messages")+"/"+itoa(i))
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
		s.p.fail(RecordMalformed, order.at("paymentAmount"))
	}
}

// orderText is a member of the order that is a string, "" when it is absent.
func (s *step) orderText(name string) string { return string(s.record.order.GetStringBytes(name)) }

// writeRecord writes the record. Only history is shortened to make it fit, and what people want is refused: what
// Alipay said always has room.
func (s *step) writeRecord() []byte {
	s.record.version = recordVersion
	limit := maxRecord
	if n := s.kind.name; n == "order" || n == "refund" {
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
