package main

import (
	stdjson "encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4/json"

	"github.com/edgecashier/cashier/host/gateway"
)

// wantedRefund is what the operator asks for. It moves money out, so its JSON is read strictly: a member that is not
// known, is there twice or has another kind refuses the request. All that is left of a payment goes back only by an
// explicit word.
type wantedRefund struct {
	RefundRequestID string
	All             bool           // "refundAmount":"all"
	RefundAmount    gateway.Amount // of a part
	RefundReason    string
}

const refundForm = `the body must be {"refundRequestId":"…","refundAmount":{"currency":"…","value":"…"},"refundReason":"…"}; ` +
	`"refundAmount":"all" refunds everything that is left`

var (
	requestIDPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	valuePattern     = regexp.MustCompile(`^[1-9][0-9]{0,15}$`)
)

// readRefundRequest reads the body of a request to refund a payment in this currency. The error is a [*refusal].
func readRefundRequest(body []byte, currency string) (wanted wantedRefund, err error) {
	var members map[string]any
	// The decoder of go-jose refuses a member that is there twice; that of the standard library bounds the depth.
	if !stdjson.Valid(body) || json.Unmarshal(body, &members) != nil || members == nil {
		return wanted, refuse(http.StatusBadRequest, "JSON_MALFORMED", "", refundForm)
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		value := members[name]
		var known bool
		switch name {
		case "refundRequestId":
			wanted.RefundRequestID, known = value.(string)
		case "refundReason":
			wanted.RefundReason, known = value.(string)
		case "refundAmount":
			if known = value == "all"; known {
				wanted.All = true
				continue
			}
			if wanted.RefundAmount, err = readAmount(value); err != nil {
				return wanted, err
			}
			known = true
		default:
			return wanted, unprocessable("FIELD_UNKNOWN", pointer(name), refundForm)
		}
		if !known {
			return wanted, unprocessable("FIELD_INVALID", pointer(name), "it must be a string")
		}
	}
	switch {
	case !requestIDPattern.MatchString(wanted.RefundRequestID):
		return wanted, unprocessable("FIELD_INVALID", "/refundRequestId",
			"it names the refund, with 1 to 64 letters, digits, _ and -")
	case len([]rune(wanted.RefundReason)) > 256:
		return wanted, unprocessable("FIELD_TOO_LONG", "/refundReason", "at most 256 characters")
	case wanted.All:
		return wanted, nil
	case wanted.RefundAmount == gateway.Amount{}:
		return wanted, unprocessable("FIELD_REQUIRED", "/refundAmount",
			`name the amount, or "all" for everything that is left`)
	case wanted.RefundAmount.Currency != currency:
		return wanted, unprocessable("FIELD_INVALID", "/refundAmount/currency", "a refund has the currency of the payment")
	case !valuePattern.MatchString(wanted.RefundAmount.Value):
		return wanted, unprocessable("FIELD_INVALID", "/refundAmount/value",
			"it must be digits, in the smallest unit of the currency")
	}
	return wanted, nil
}

func unprocessable(code gateway.Code, path, message string) error {
	return refuse(http.StatusUnprocessableEntity, code, path, message)
}

func readAmount(value any) (amount gateway.Amount, err error) {
	members, isObject := value.(map[string]any)
	if !isObject {
		return amount, unprocessable("FIELD_INVALID", "/refundAmount", `it must be {"currency":"…","value":"…"} or "all"`)
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if name != "currency" && name != "value" {
			return amount, unprocessable("FIELD_UNKNOWN", "/refundAmount"+pointer(name),
				"an amount has currency and value only")
		}
	}
	var isText bool
	if amount.Currency, isText = members["currency"].(string); !isText {
		return amount, unprocessable("FIELD_INVALID", "/refundAmount/currency", "it must be a string")
	}
	if amount.Value, isText = members["value"].(string); !isText {
		return amount, unprocessable("FIELD_INVALID", "/refundAmount/value", "it must be a string")
	}
	return amount, nil
}

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")

// pointer is the JSON pointer (RFC 6901) of a member, cut to what an answer should repeat.
func pointer(name string) string {
	if runes := []rune(name); len(runes) > 64 {
		name = string(runes[:64])
	}
	return "/" + escapePointer.Replace(name)
}
