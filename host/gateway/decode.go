package gateway

import (
	"encoding/json"
	"fmt"
	"strings"
	"unsafe"
)

// reader walks through a reply of the core, for the operations that every payment and every notification needs. Replies
// are compact JSON by contract, so a reader needs to know no blanks, and it costs a tenth of encoding/json. It never believes the
// text to be what it should be: anything else sets bad.
type reader struct {
	text string // the reply, of which all that is read are parts
	at   int
	bad  bool
}

// read begins to read a reply, which by the contract of [Core] nobody changes any more.
func read(reply []byte) reader { return reader{text: asString(reply)} }

// asString saves the copy of bytes that are not changed any more.
func asString(bytes []byte) string { return unsafe.String(unsafe.SliceData(bytes), len(bytes)) }

// members calls each for every member of the object at hand; each must read the value.
func (r *reader) members(each func(name string)) {
	if !r.take('{') {
		return
	}
	if r.peek() == '}' {
		r.at++
		return
	}
	for !r.bad {
		name := r.str()
		if !r.take(':') {
			return
		}
		each(name)
		if r.peek() == ',' {
			r.at++
			continue
		}
		r.take('}')
		return
	}
}

// elements calls each for every element of the list at hand; each must read the value.
func (r *reader) elements(each func()) {
	if !r.take('[') {
		return
	}
	if r.peek() == ']' {
		r.at++
		return
	}
	for !r.bad {
		each()
		if r.peek() == ',' {
			r.at++
			continue
		}
		r.take(']')
		return
	}
}

func (r *reader) peek() byte {
	if r.at >= len(r.text) {
		return 0
	}
	return r.text[r.at]
}

func (r *reader) take(c byte) bool {
	if r.peek() != c {
		r.bad = true
		return false
	}
	r.at++
	return true
}

// raw returns the value at hand as it stands.
func (r *reader) raw() string {
	start := r.at
	for depth := 0; r.at < len(r.text); {
		switch r.text[r.at] {
		case '"':
			r.skipString()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth == 0 {
				return r.text[start:r.at]
			}
		}
		if depth < 0 {
			return r.text[start:r.at]
		}
		r.at++
	}
	return r.text[start:r.at]
}

// skipString moves behind the string at hand.
func (r *reader) skipString() (escaped bool) {
	for r.at++; r.at < len(r.text); r.at++ {
		switch r.text[r.at] {
		case '\\':
			escaped = true
			r.at++
		case '"':
			r.at++
			return escaped
		}
	}
	r.at = len(r.text)
	r.bad = true
	return escaped
}

// token returns the string at hand as it stands, in its quotes; "" is no string.
func (r *reader) token() (token string, escaped bool) {
	if r.peek() != '"' {
		r.bad = true
		return "", false
	}
	start := r.at
	if escaped = r.skipString(); r.bad {
		return "", false
	}
	return r.text[start:r.at], escaped
}

// str returns the string at hand.
func (r *reader) str() string {
	token, escaped := r.token()
	switch {
	case r.bad:
		return ""
	case !escaped:
		return token[1 : len(token)-1]
	}
	text, ok := appendText(make([]byte, 0, len(token)), token)
	r.bad = !ok
	return asString(text)
}

// appendText appends what a token says. It undoes the escapes that are common, those of JSON inside of JSON, and leaves the others
// to encoding/json.
func appendText(to []byte, token string) (text []byte, ok bool) {
	begun := len(to)
	for rest := token[1 : len(token)-1]; ; rest = rest[2:] {
		escape := strings.IndexByte(rest, '\\')
		if escape < 0 {
			return append(to, rest...), true
		}
		to = append(to, rest[:escape]...)
		rest = rest[escape:]
		switch c := rest[1]; c {
		case '"', '\\', '/':
			to = append(to, c)
		case 'n':
			to = append(to, '\n')
		default:
			return appendUncommon(to[:begun], token)
		}
	}
}

func appendUncommon(to []byte, token string) (text []byte, ok bool) {
	var plain string
	err := json.Unmarshal([]byte(token), &plain)
	return append(to, plain...), err == nil
}

func (r *reader) amount() (a Amount) {
	r.members(func(name string) {
		switch name {
		case "currency":
			a.Currency = r.str()
		case "value":
			a.Value = r.str()
		default:
			r.raw()
		}
	})
	return a
}

// problems reads a list that is mostly empty.
func (r *reader) problems() Problems {
	list := r.raw()
	if list == "[]" {
		return nil
	}
	problems, ok := parseProblems(list)
	r.bad = r.bad || !ok
	return problems
}

func parseProblems(list string) (problems Problems, ok bool) {
	err := json.Unmarshal([]byte(list), &problems)
	return problems, err == nil
}

// end is the error of a reply that was not what it should be.
func (r *reader) end(operation string) error {
	if r.bad || r.at != len(r.text) {
		return fmt.Errorf("core: %s: unexpected reply", operation)
	}
	return nil
}

// opened is the reply of open_notification and open_response.
type opened struct {
	contentPrefix, prefixWithoutQuery, keyVersion, signature string
	errors                                                   Problems
}

func readOpened(operation string, reply []byte) (o opened, err error) {
	r := read(reply)
	r.members(func(name string) {
		switch name {
		case "contentPrefix":
			o.contentPrefix = r.str()
		case "contentPrefixWithoutQuery":
			o.prefixWithoutQuery = r.str()
		case "keyVersion":
			o.keyVersion = r.str()
		case "signature":
			o.signature = r.str()
		case "errors":
			o.errors = r.problems()
		default:
			r.raw()
		}
	})
	return o, r.end(operation)
}

// readRequest reads the reply of a building operation.
func readRequest(operation string, reply []byte) (request *builtRequest, problems Problems, err error) {
	request, r := &builtRequest{}, read(reply)
	var prefix, body string
	r.members(func(name string) {
		switch name {
		case "url":
			request.url = r.str()
		case "path":
			request.path = r.str()
		case "headers":
			request.headers = r.fields()
		case "body":
			body, _ = r.token()
		case "contentPrefix":
			prefix = r.str()
		case "errors":
			problems = r.problems()
		default:
			r.raw()
		}
	})
	if body != "" {
		content, ok := appendText(append(make([]byte, 0, len(prefix)+len(body)), prefix...), body)
		request.content, request.body = content, content[len(prefix):]
		r.bad = r.bad || !ok
	}
	return request, problems, r.end(operation)
}

// fields reads a list of pairs of name and value.
func (r *reader) fields() []Field {
	list := make([]Field, 0, 8)
	r.elements(func() {
		var field Field
		r.members(func(name string) {
			switch name {
			case "name":
				field.Name = r.str()
			case "value":
				field.Value = r.str()
			default:
				r.raw()
			}
		})
		list = append(list, field)
	})
	return list
}

// readHeader reads the reply of signature_header.
func readHeader(reply []byte) (header string, problems Problems, err error) {
	r := read(reply)
	r.members(func(name string) {
		switch name {
		case "header":
			header = r.str()
		case "errors":
			problems = r.problems()
		default:
			r.raw()
		}
	})
	return header, problems, r.end("signature_header")
}

// readNotification reads the reply of read_notification.
func readNotification(reply []byte) (n *Notification, problems Problems, err error) {
	n = &Notification{}
	r := read(reply)
	r.members(func(name string) {
		switch name {
		case "notification":
			r.members(func(name string) { n.read(&r, name) })
		case "state":
			n.State = State(r.str())
		case "outcome":
			n.Outcome = Outcome(r.str())
		case "advice":
			r.members(func(name string) {
				switch name {
				case "operator":
					n.Advice.Operator = r.str()
				case "shopper":
					n.Advice.Shopper = r.str()
				default:
					r.raw()
				}
			})
		case "acknowledgement":
			n.acknowledgement = r.str()
		case "errors":
			problems = r.problems()
		case "warnings":
			n.Warnings = r.problems()
		default:
			r.raw()
		}
	})
	return n, problems, r.end("read_notification")
}

// read takes one member of the message.
func (n *Notification) read(r *reader, name string) {
	var text *string
	var amount *Amount
	switch name {
	case "resultStatus":
		text = &n.ResultStatus
	case "resultCode":
		text = &n.ResultCode
	case "resultMessage":
		text = &n.ResultMessage
	case "notifyType":
		text = &n.NotifyType
	case "paymentRequestId":
		text = &n.PaymentRequestID
	case "paymentId":
		text = &n.PaymentID
	case "paymentCreateTime":
		text = &n.PaymentCreateTime
	case "paymentTime":
		text = &n.PaymentTime
	case "refundRequestId":
		text = &n.RefundRequestID
	case "refundId":
		text = &n.RefundID
	case "refundStatus":
		text = &n.RefundStatus
	case "refundTime":
		text = &n.RefundTime
	case "acquirerReferenceNo":
		text = &n.AcquirerReferenceNo
	case "authReviewStatus":
		text = &n.AuthReviewStatus
	case "authReviewSource":
		text = &n.AuthReviewSource
	case "paymentAmount":
		amount = &n.PaymentAmount
	case "actualPaymentAmount":
		amount = &n.ActualPaymentAmount
	case "grossSettlementAmount":
		amount = &n.GrossSettlementAmount
	case "customsDeclarationAmount":
		amount = &n.CustomsDeclarationAmount
	case "refundAmount":
		amount = &n.RefundAmount
	case "actualRefundAmount":
		amount = &n.ActualRefundAmount
	case "settlementQuote":
		r.bad = json.Unmarshal([]byte(r.raw()), &n.SettlementQuote) != nil || r.bad
		return
	case "other":
		r.members(func(name string) { n.keep(name, r.raw()) })
		return
	default: // signed by Alipay as well
		n.keep(name, r.raw())
		return
	}
	if amount != nil {
		*amount = r.amount()
		return
	}
	*text = r.str()
}

// keep adds a member that the type does not have, as it stands.
func (n *Notification) keep(name, value string) {
	if n.Other == nil {
		n.Other = make(map[string]json.RawMessage, 1)
	}
	n.Other[name] = json.RawMessage(value)
}
