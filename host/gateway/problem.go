package gateway

import "strings"

// Code is a stable upper-case word for one kind of problem. The core, this package and the JavaScript package share their
// codes; the result codes of Alipay's gateway are used as they come. A Code is an error, so that it can be the target of
// [errors.Is]:
//
//	errors.Is(err, gateway.Code("SETTLEMENT_CURRENCY_MISMATCH"))
type Code string

func (c Code) Error() string { return string(c) }

// The codes that this package adds to those of the core.
const (
	SignatureMismatch        Code = "SIGNATURE_MISMATCH"
	KeyVersionUnknown        Code = "KEY_VERSION_UNKNOWN"
	KeyMalformed             Code = "KEY_MALFORMED"
	KeyTooShort              Code = "KEY_TOO_SHORT"
	KeyIsYourOwn             Code = "KEY_IS_YOUR_OWN"
	FieldNotUTF8             Code = "FIELD_NOT_UTF_8" // a Go string of the merchant's
	BodyEmpty                Code = "BODY_EMPTY"
	BodyTooLarge             Code = "BODY_TOO_LARGE"
	BodyUnreadable           Code = "BODY_UNREADABLE"
	MethodNotAllowed         Code = "METHOD_NOT_ALLOWED"
	NotifyTypeUnknown        Code = "NOTIFY_TYPE_UNKNOWN"
	NotificationBusy         Code = "NOTIFICATION_BUSY"
	PaymentRequestIDMismatch Code = "PAYMENT_REQUEST_ID_MISMATCH"
	PaymentAmountMismatch    Code = "PAYMENT_AMOUNT_MISMATCH"
	StoredAmountMissing      Code = "STORED_AMOUNT_MISSING" // Lookup returned no amount to compare with
	StateContradictory       Code = "STATE_CONTRADICTORY"   // a notification says otherwise than the final state that is stored
)

// Codes of the core's that this package uses too.
const (
	fieldRequired        Code = "FIELD_REQUIRED"
	fieldEmpty           Code = "FIELD_EMPTY"
	fieldUnknown         Code = "FIELD_UNKNOWN"
	fieldNotAString      Code = "FIELD_NOT_A_STRING"
	fieldNotAnObject     Code = "FIELD_NOT_AN_OBJECT"
	fieldNotAnArray      Code = "FIELD_NOT_AN_ARRAY"
	fieldNotABoolean     Code = "FIELD_NOT_A_BOOLEAN"
	fieldNotAWholeNumber Code = "FIELD_NOT_A_WHOLE_NUMBER"
	jsonEmpty            Code = "JSON_EMPTY"
	jsonByteOrderMark    Code = "JSON_BYTE_ORDER_MARK"
	jsonNotUTF8          Code = "JSON_NOT_UTF_8"
	jsonMalformed        Code = "JSON_MALFORMED"
	jsonDuplicateKey     Code = "JSON_DUPLICATE_KEY"
	jsonNotAnObject      Code = "JSON_NOT_AN_OBJECT"
	pathMalformed        Code = "PATH_MALFORMED"
	clientIDMismatch     Code = "CLIENT_ID_MISMATCH"
)

// Problem is one thing that is wrong with an input.
type Problem struct {
	Code    Code   `json:"code"`
	Path    string `json:"path"`    // a JSON pointer into the order; the config is under /config, headers under /headers
	Message string `json:"message"` // one English sentence for a person
}

func (p Problem) Error() string {
	text := p.Message
	if p.Path != "" {
		text = p.Path + ": " + text
	}
	return text + " (" + string(p.Code) + ")"
}

// Is makes a problem equal to its [Code] for [errors.Is].
func (p Problem) Is(target error) bool { return target == p.Code }

// Problems is everything that is wrong with one input, never only the first thing. As an error it lists all; [errors.Is] finds
// any of the codes.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "; ")
}

// Unwrap gives [errors.Is] and [errors.As] each [Problem].
func (p Problems) Unwrap() []error {
	list := make([]error, len(p))
	for i, problem := range p {
		list[i] = problem
	}
	return list
}

// problem makes an error that has a code.
func problem(code Code, message string) error { return Problem{Code: code, Message: message} }
