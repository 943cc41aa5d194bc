package sandbox

import (
	"context"
	"net/http"
	"strings"
	"time"
)

const maximumRequest = 1 << 20

// call is a request to the gateway whose sender is known.
type call struct {
	merchant    *Merchant
	sent        string // request-time
	body        object
	origin      string // where browsers reach the sandbox
	description string // of the order
}

// answer is what a call is answered with, as JSON.
type answer interface{ result() *Result }

// operations are the calls that a merchant can make.
var operations = map[string]func(*Server, *call) answer{
	"pay":            (*Server).pay,
	"inquiryPayment": (*Server).inquirePayment,
	"cancel":         (*Server).cancel,
	"refund":         (*Server).refund,
	"inquiryRefund":  (*Server).inquireRefund,
}

// gateway serves /ams/…/v1/payments/{operation}. As the real one it answers with status 200 for every result, and
// without a signature while it cannot tell who is calling; unless a fault is asked for.
func (s *Server) gateway(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	in := s.receive(w, r)
	answer, spoilt, about := s.answer(in, r)
	out, err := s.reply(in, answer, spoilt, about)
	if err != nil {
		s.options.Logger.Error("the answer could not be made", "path", r.URL.Path, "error", err)
		http.Error(w, "The answer could not be made.", http.StatusInternalServerError)
		return
	}
	if !fromForeignPage(r) {
		s.record(in, out, answer, spoilt, about, time.Since(began))
	}
	s.options.Logger.Info("gateway call", "path", cut(r.URL.Path), "clientId", cut(r.Header.Get("client-id")),
		"resultCode", answer.result().ResultCode, "took", time.Since(began), "faults", strings.Join(spoilt.names(), " "))
	// What closes the sandbox does not wait for an answer that is late on purpose.
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.agenda.ctx, cancel)()
	out.send(ctx, w, spoilt)
}

// answer does what a request asks for, and tells what it was about and what shall go wrong with the answer.
func (s *Server) answer(in *inbound, r *http.Request) (answer, faults, subject) {
	if in.problem != nil {
		return refused{in.problem}, nil, subject{}
	}
	body, err := decodeObject(in.raw)
	if err != nil {
		return refused{illegal("the body is not usable: " + err.Error())}, nil, subject{}
	}
	about := s.subjectOf(in, body)
	spoilt := s.faults.forAnswer(in.operation, about)
	for _, f := range spoilt {
		if f.kind.refuses {
			return refused{unknown}, spoilt, about
		}
	}
	c := &call{merchant: in.merchant, sent: in.sent, body: body, origin: s.origin(r), description: about.description}
	answer := operations[in.operation](s, c)
	switch made, isPay := answer.(payAnswer); {
	case spoilt.has("unknown-made"):
		answer = refused{unknown}
	case spoilt.has("no-url") && isPay:
		answer = made.withoutURL()
	}
	return answer, spoilt, about
}

// unknown is the result of a call with an unknown outcome.
var unknown = &Result{ResultCode: "UNKNOWN_EXCEPTION", ResultMessage: "unknown exception", ResultStatus: "U"}

// subjectOf finds the payment that a call is about; a new one is described by the call itself.
func (s *Server) subjectOf(in *inbound, body object) subject {
	f := &fields{root: body}
	about := subject{clientID: in.merchant.ClientID}
	if in.operation == "pay" {
		about.paymentRequestID = f.optional("paymentRequestId", 64)
		about.description = f.optional("order.orderDescription", 256)
		return about
	}
	if in.operation == "inquiryRefund" {
		payment, _, found := s.ledger.refund(in.merchant.ClientID, f.optional("refundId", 64), f.optional("refundRequestId", 64))
		return about.from(&payment, found)
	}
	payment, found := s.ledger.byMerchant(in.merchant.ClientID, f.optional("paymentId", 64), f.optional("paymentRequestId", 64))
	return about.from(&payment, found)
}

func (s subject) from(p *Payment, found bool) subject {
	if found {
		s.paymentRequestID, s.description = p.PaymentRequestID, p.OrderDescription
	}
	return s
}

// record adds the call to the story of the payment that it was about.
func (s *Server) record(in *inbound, out *reply, answer answer, spoilt faults, about subject, took time.Duration) {
	result := answer.result()
	payment, _ := s.ledger.byMerchant(about.clientID, "", about.paymentRequestID)
	response := newMessage("HTTP/1.1 "+statusText(out.status), out.header, out.body)
	response.Status = out.status
	response.Signature = out.check
	exchange := &Exchange{URL: cut(in.url), Request: in.message, Response: response}
	if spoilt.has("reset") {
		exchange.Error = "the connection is reset instead of an answer"
		exchange.Response = Message{Headers: []Header{}}
	}
	event := Event{
		Time: in.time, Kind: Call, Name: in.operation, Outcome: out.outcome(result), Good: result.ResultStatus != "F" && out.status == http.StatusOK,
		Milliseconds: took.Milliseconds(), Faults: spoilt.names(), Exchange: exchange,
	}
	if result.ResultStatus == "F" {
		event.Reason = result.ResultMessage
	}
	s.ledger.note(payment.PaymentID, event)
}
