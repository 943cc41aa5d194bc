package core

// Outcome is what an answer of the gateway asks the merchant to do next.
type Outcome string

// The outcomes. A payment is paid only when its notification or an inquiry says so;
// SUCCEED of a pay answer is to be confirmed by an inquiry.
const (
	Redirect         Outcome = "REDIRECT"          // send the shopper to the cashier
	Succeed          Outcome = "SUCCEED"           // done
	Wait             Outcome = "WAIT"              // the notification will tell
	Inquire          Outcome = "INQUIRE"           // not known: ask with inquiryPayment
	Repeat           Outcome = "REPEAT"            // send the same request again, same id, later
	NewAttempt       Outcome = "NEW_ATTEMPT"       // this id is spent: a new paymentRequestId
	FixRequest       Outcome = "FIX_REQUEST"       // the request is wrong
	FixConfiguration Outcome = "FIX_CONFIGURATION" // contract, keys or client id
	TellShopper      Outcome = "TELL_SHOPPER"      // another means of payment
)

// payCodes follows the result codes on the API page of pay. A U code that is not
// here means unknown, an F code that is not here that the attempt failed.
var payCodes = [...]struct {
	outcome Outcome
	codes   []string
}{
	{Repeat, []string{"REQUEST_TRAFFIC_EXCEED_LIMIT"}},
	{Inquire, []string{"UNKNOWN_EXCEPTION", "ORDER_NOT_EXIST", "ORDER_STATUS_INVALID"}},
	{NewAttempt, []string{"ORDER_IS_CANCELED", "ORDER_IS_CLOSED"}},
	{FixRequest, []string{"PARAM_ILLEGAL", "REPEAT_REQ_INCONSISTENT"}},
	{FixConfiguration, []string{
		"CURRENCY_NOT_SUPPORT", "SETTLE_CONTRACT_NOT_MATCH", "INVALID_CONTRACT",
		"ACCESS_DENIED", "KEY_NOT_FOUND", "NO_INTERFACE_DEF",
		"INVALID_API", "API_INVALID", "CLIENT_INVALID", "INVALID_CLIENT",
		"SIGNATURE_INVALID", "INVALID_SIGNATURE",
		"MEDIA_TYPE_NOT_ACCEPTABLE", "METHOD_NOT_SUPPORTED", "OAUTH_FAIL", "ILLEGAL_CLIENT_IP",
		"INVALID_MERCHANT_STATUS", "MERCHANT_NOT_REGISTERED",
		"MERCHANT_KYB_NOT_QUALIFIED", "PAYMENT_NOT_QUALIFIED",
		"PROCESS_FAIL", "SYSTEM_ERROR",
	}},
}

// payOutcome decides by code where the code is known and by status where it is not.
func payOutcome(r result, hasRedirect bool) Outcome {
	switch {
	case r.status == "S":
		return Succeed
	case r.code == "PAYMENT_IN_PROCESS" && r.status == "U":
		if hasRedirect {
			return Redirect
		}
		return Inquire
	}
	for _, row := range payCodes {
		for _, code := range row.codes {
			if code == r.code {
				return row.outcome
			}
		}
	}
	if r.status == "U" {
		return Inquire
	}
	return TellShopper
}
