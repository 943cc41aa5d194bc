package core

import "strings"

// Advance decides the life of one order. It is a pure function:
//
//	{"config":{…,"origin":"https://pay.example"},"now":1790000000000,"record":{…}|null,"event":{"type":"…",…}} →
//	{"record":{…},"changed":true,"effects":[…],"dueAt":1790000030000|null,"view":{…},"summary":{…},"misfit":"…",
//	 "errors":[],"warnings":[]}
//
// record is all that is known of the order; the caller stores what comes back before it does anything else. effects
// are what the caller then does: calls to Alipay and messages to the merchant. What comes of them comes back as an
// event. dueAt, in milliseconds since the epoch, is when to call with the event "due", null when nothing is
// outstanding: an effect whose result never came is given again then. view is what a shopper may know, summary what
// lists of orders need. changed is false when the record is as it was, misfit is there when a message of Alipay did
// not fit the record and was kept for a person.
//
// An event that is refused has errors, and nothing but them and an empty list of effects: the record stands as it was.
//
// docs/record.md has the exact JSON of all of these.
func Advance(reply, input []byte) []byte {
	var p problems
	s := step{p: &p}
	var text []byte
	if head, ok := parseHead(input, &p); ok {
		text = s.run(head)
	}
	w := newReply(reply)
	if p.ok() {
		w.name("record")
		w.raw(string(text))
		w.boolean("changed", s.touched)
	}
	w.name("effects")
	w.open('[')
	if p.ok() && len(s.effects.b) > 0 {
		w.raw(string(s.effects.b))
	}
	w.close(']')
	if !p.ok() {
		return p.finish(w)
	}
	w.name("dueAt")
	if due := s.dueAt(); due > 0 {
		w.raw(itoa64(due))
	} else {
		w.raw("null")
	}
	s.writeView(w)
	s.writeSummary(w)
	w.given("misfit", s.misfit)
	return p.finish(w)
}

// step is one call of Advance at work.
type step struct {
	p       *problems
	c       *config
	now     int64 // milliseconds since the epoch, as everywhere in the record
	event   object
	from    string // who the event comes from, as the history has it
	looks   bool   // the event is a look, which causes nothing but an inquiry
	grows   bool   // the event lets the record grow by what somebody wants
	record  record
	touched bool // something in the record has changed
	effects writer
	misfit  string
}

// eventKinds are the types of event, with the members that they may have, divided by blanks.
var eventKinds = [...]struct {
	name, members, from string
	run                 func(*step)
}{
	{"order", "order issuedAt paymentRequestId start terminalType osType", fromShopper, (*step).order},
	{"answer", "id answer", fromAlipay, (*step).answer},
	{"no-answer", "id sent errors", fromService, (*step).noAnswer},
	{"notification", "notification", fromAlipay, (*step).notification},
	{"view", "returned", fromShopper, (*step).look},
	{"inquire", "by paymentRequestId", "", (*step).inquire},
	{"cancel", "by reason paymentRequestId", "", (*step).cancel},
	{"refund", "by refundRequestId refundAmount refundReason paymentRequestId", "", (*step).refund},
	{"resend", "by id", "", (*step).resend},
	{"dismiss", "by id reason", "", (*step).dismiss},
	{"settle", "by as id reason", "", (*step).settle},
	{"delivered", "id status", fromMerchant, func(s *step) { s.delivered(true) }},
	{"undelivered", "id status", fromMerchant, func(s *step) { s.delivered(false) }},
	{"due", "", fromService, func(*step) {}},
}

// Who an entry of the history comes from, besides "operator:NAME".
const (
	fromAlipay   = "alipay"
	fromMerchant = "merchant"
	fromShopper  = "shopper"
	fromService  = "service"
)

// clockTolerance is how far the clocks of those that share the records may differ.
const clockTolerance = 10 * 60 * 1000

// run applies the event and whatever is due by then, and returns the record as JSON.
func (s *step) run(head object) []byte {
	readLanguage(head)
	s.c = readConfig(head)
	s.c.requireClientID(s.p)
	if s.c.service == "" && s.p.ok() {
		s.p.fail(FieldRequired, "/config/origin")
	}
	s.now = readTime(head, "now")
	from, made := head.child("record")
	if made {
		s.readRecord(from)
	}
	s.event, _ = head.required("event")
	if !s.p.ok() {
		return nil
	}
	name, _ := s.str("type", mandatory, maxID)
	for i := range eventKinds {
		kind := &eventKinds[i]
		if kind.name != name {
			continue
		}
		s.refuseUnknown(s.event, "type "+kind.members)
		if back := s.record.updatedAt - s.now; back > 0 {
			if back > clockTolerance {
				s.p.fail(ClockWentBack, "/now")
			}
			s.now = s.record.updatedAt
		}
		s.looks, s.grows = name == "view", name == "order" || name == "refund"
		if s.from = kind.from; s.from == "" {
			by, _ := s.str("by", mandatory, maxID)
			s.from = "operator:" + by
		}
		if !made && name != "order" {
			s.p.fail(RecordRequired, "/record", name)
		}
		if !s.p.ok() {
			return nil
		}
		kind.run(s)
		if !s.p.ok() {
			return nil
		}
		s.from = fromService
		s.act()
		if s.touched {
			s.record.updatedAt = s.now
		}
		return s.writeRecord()
	}
	if s.p.ok() {
		s.refuse(EventUnknown, "type", name)
	}
	return nil
}

// refuse reports what is wrong with a member of the event.
func (s *step) refuse(code Code, name string, args ...string) { s.event.fail(code, name, args...) }

// str reads a member of the event that is a text.
func (s *step) str(name string, n need, limit int) (string, bool) { return s.event.str(name, n, limit) }

// flag reads a member of the event that is true or false.
func (s *step) flag(name string, to *bool) { s.event.boolean(name, to) }

// refuseUnknown refuses members that are not among the names, which are divided by blanks.
func (s *step) refuseUnknown(o object, names string) {
	known := strings.Split(names, " ")
	o.unknownTo(func(name string) bool {
		if !contains(known, name) {
			o.fail(FieldUnknown, escapePointer(name))
		}
		return false
	})
}

// target is the attempt that an operator's event is about: the one it names, or the paid one, or the last.
func (s *step) target() *subject {
	a := s.record.paid()
	if a == nil {
		a = s.record.latest()
	}
	if id, named := s.event.text("paymentRequestId"); named {
		if a = s.record.attempt(id); a == nil {
			s.refuse(PaymentRequestIDMismatch, "paymentRequestId")
		}
	} else if a == nil && s.p.ok() {
		s.invalid(stateOpen)
	}
	return a
}

// invalid refuses an event that does not go with a state.
func (s *step) invalid(state string) { s.refuse(PaymentStatusInvalid, "type", state) }

// note adds a line to the history. The newest are kept, and the first one, which tells when the order was accepted.
func (s *step) note(what word, about, detail string) {
	s.touched = true
	h := append(s.record.history, &entry{s.now, what, s.from, about, detail})
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

// join puts a detail of the history together.
func join(all ...string) string {
	text := ""
	for _, w := range all {
		if w != "" {
			if text != "" {
				text += " "
			}
			text += w
		}
	}
	return text
}
