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
	return p.reply(reply, func(w *writer) {
		if !p.ok() {
			w.name("effects")
			w.raw("[]")
			return
		}
		w.name("record")
		w.raw(string(text))
		w.boolean("changed", s.touched)
		w.name("effects")
		w.open('[')
		if len(s.effects.b) > 0 {
			w.raw(string(s.effects.b))
		}
		w.close(']')
		w.name("dueAt")
		if due := s.dueAt(); due > 0 {
			w.raw(itoa64(due))
		} else {
			w.raw("null")
		}
		s.writeView(w)
		s.writeSummary(w)
		w.given("misfit", s.misfit)
	})
}

// step is one call of Advance at work.
type step struct {
	p       *problems
	c       *config
	now     int64 // milliseconds since the epoch, as everywhere in the record
	event   object
	kind    *eventKind
	record  record
	made    bool // the record is new or was read
	touched bool // something in the record has changed
	effects writer
	misfit  string
}

// eventKind is a type of event, with the members that it may have.
type eventKind struct {
	name    string
	members string // names, divided by blanks
	run     func(*step)
}

var eventKinds = [...]eventKind{
	{"order", "order issuedAt paymentRequestId start terminalType osType", (*step).order},
	{"answer", "id answer", (*step).answer},
	{"no-answer", "id sent errors", (*step).noAnswer},
	{"notification", "notification", (*step).notification},
	{"view", "returned", (*step).look},
	{"cancel", "by reason paymentRequestId", (*step).cancel},
	{"refund", "by refundRequestId refundAmount refundReason paymentRequestId", (*step).refund},
	{"resend", "by id", (*step).resend},
	{"dismiss", "by id reason", (*step).dismiss},
	{"settle", "by as id reason", (*step).settle},
	{"delivered", "id status", (*step).delivered},
	{"undelivered", "id status", (*step).delivered},
	{"due", "", func(*step) {}},
}

// run applies the event and whatever is due by then, and returns the record as JSON.
func (s *step) run(head object) []byte {
	readLanguage(head)
	s.c = readConfig(head)
	s.c.requireClientID(s.p)
	if s.c.service == "" && s.p.ok() {
		s.p.fail(FieldRequired, "/config/origin")
	}
	s.now = readTime(head, "now", mandatory)
	if from, has := head.child("record"); has {
		s.made = true
		s.readRecord(from)
	}
	s.event, _ = head.required("event")
	if !s.p.ok() || !s.readEvent() {
		return nil
	}
	s.kind.run(s)
	if !s.p.ok() {
		return nil
	}
	s.act()
	if s.touched {
		s.record.updatedAt = s.now
	}
	return s.writeRecord()
}

// clockTolerance is how far the clocks of those that share the records may differ.
const clockTolerance = 10 * 60 * 1000

func (s *step) readEvent() bool {
	name, ok := s.event.str("type", mandatory, maxID)
	if !ok {
		return false
	}
	for i := range eventKinds {
		if eventKinds[i].name == name {
			s.kind = &eventKinds[i]
		}
	}
	if s.kind == nil {
		s.p.fail(EventUnknown, s.event.at("type"), name)
		return false
	}
	known := strings.Split("type "+s.kind.members, " ")
	s.event.unknownTo(func(name string) bool {
		if !contains(known, name) {
			s.p.fail(FieldUnknown, s.event.at(escapePointer(name)))
		}
		return false
	})
	if s.record.updatedAt > s.now {
		if s.record.updatedAt-s.now > clockTolerance {
			s.p.fail(ClockWentBack, "/now")
		}
		s.now = s.record.updatedAt
	}
	if !s.made && name != "order" {
		s.p.fail(RecordRequired, "/record", name)
	}
	return s.p.ok()
}

// operator reads who caused the event, as history has it.
func (s *step) operator() string {
	by, _ := s.event.str("by", mandatory, maxID)
	return "operator:" + by
}

// latest is the last attempt, nil before the first.
func (r *record) latest() *attempt {
	if len(r.attempts) == 0 {
		return nil
	}
	return r.attempts[len(r.attempts)-1]
}

func (r *record) attempt(id string) *attempt {
	for _, a := range r.attempts {
		if a.id == id {
			return a
		}
	}
	return nil
}

// paid is the attempt that is paid, nil if none is.
func (r *record) paid() *attempt {
	for _, a := range r.attempts {
		if a.state == stateSuccess {
			return a
		}
	}
	return nil
}

func (r *record) refund(id string) *refundRecord {
	for _, f := range r.refunds {
		if f.id == id {
			return f
		}
	}
	return nil
}

// target is the attempt that an operator's event is about: the one it names, or the paid one, or the last.
func (s *step) target() *attempt {
	a := s.record.paid()
	if a == nil {
		a = s.record.latest()
	}
	if id, named := s.event.text("paymentRequestId"); named {
		if a = s.record.attempt(id); a == nil {
			s.p.fail(PaymentRequestIDMismatch, s.event.at("paymentRequestId"))
		}
	} else if a == nil && s.p.ok() {
		s.p.fail(PaymentStatusInvalid, "/event/type", "OPEN")
	}
	return a
}

// settled tells whether no further payment may begin, because one is paid, or is said to be by one of Alipay's words.
func (r *record) settled() bool {
	for _, a := range r.attempts {
		if a.state == stateSuccess || a.conflict.open() {
			return true
		}
	}
	return false
}
