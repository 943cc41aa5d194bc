package gateway

import (
	"encoding/json"
	"fmt"
	"strings"
)

// reader walks through a reply of the core, for the operations of which every payment and every notification needs one. Replies are compact JSON
// by contract, so a reader needs to know no blanks, and it costs a tenth of encoding/json. It never believes the text to be what it
// should be: whatever is not leads to bad.
type reader struct {
	text string // a copy of the reply, of which all that is read are parts
	at   int
	bad  bool
}

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

// str returns the string at hand.
func (r *reader) str() string {
	if r.peek() != '"' {
		r.bad = true
		return ""
	}
	start := r.at
	escaped := r.skipString()
	if r.bad {
		return ""
	}
	if text := r.text[start+1 : r.at-1]; !escaped {
		return text
	} else if plain, simple := unescape(text); simple {
		return plain
	}
	var text string
	r.bad = json.Unmarshal([]byte(r.text[start:r.at]), &text) != nil
	return text
}

// unescape undoes the escapes that are common: those of JSON inside of JSON.
func unescape(text string) (string, bool) {
	plain := make([]byte, 0, len(text))
	for {
		escape := strings.IndexByte(text, '\\')
		if escape < 0 {
			return string(append(plain, text...)), true
		}
		plain = append(plain, text[:escape]...)
		switch c := text[escape+1]; c {
		case '"', '\\', '/':
			plain = append(plain, c)
		case 'n':
			plain = append(plain, '\n')
		default:
			return "", false
		}
		text = text[escape+2:]
	}
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
func (r *reader) problems() (p Problems) {
	if text := r.raw(); text != "[]" {
		r.bad = json.Unmarshal([]byte(text), &p) != nil || r.bad
	}
	return p
}

// end is the error of a reply that was not what it should be.
func (r *reader) end(operation string) error {
	if r.bad || r.at != len(r.text) {
		return fmt.Errorf("core: %s: the reply is another one than expected", operation)
	}
	return nil
}

// opened is the reply of open_notification and open_response.
type opened struct {
	contentPrefix, keyVersion, signature string
	errors                               Problems
}

func readOpened(operation string, reply []byte) (o opened, err error) {
	r := reader{text: string(reply)}
	r.members(func(name string) {
		switch name {
		case "contentPrefix":
			o.contentPrefix = r.str()
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
	request, r := &builtRequest{}, reader{text: string(reply)}
	r.members(func(name string) {
		switch name {
		case "url":
			request.URL = r.str()
		case "path":
			request.Path = r.str()
		case "headers":
			r.bad = json.Unmarshal([]byte(r.raw()), &request.Headers) != nil || r.bad
		case "body":
			request.Body = r.str()
		case "contentPrefix":
			request.ContentPrefix = r.str()
		case "errors":
			problems = r.problems()
		default:
			r.raw()
		}
	})
	return request, problems, r.end(operation)
}

// readHeader reads the reply of signature_header.
func readHeader(reply []byte) (header string, problems Problems, err error) {
	r := reader{text: string(reply)}
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
	r := reader{text: string(reply)}
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
	case "paymentAmount":
		amount = &n.PaymentAmount
	case "grossSettlementAmount":
		amount = &n.GrossSettlementAmount
	case "customsDeclarationAmount":
		amount = &n.CustomsDeclarationAmount
	case "refundAmount":
		amount = &n.RefundAmount
	case "other":
		r.bad = json.Unmarshal([]byte(r.raw()), &n.Other) != nil || r.bad
		return
	default:
		r.raw()
		return
	}
	if amount != nil {
		*amount = r.amount()
		return
	}
	*text = r.str()
}
