package gateway

// Result is the object of that name in every message of Alipay. The text of one code varies; decide by code and status.
type Result struct {
	ResultStatus  string `json:"resultStatus"` // S success, F failure, U unknown or in process
	ResultCode    string `json:"resultCode"`
	ResultMessage string `json:"resultMessage"`
}

// Outcome is what an answer asks the merchant to do next. The core finds it from the result and the members of the answer.
type Outcome string

// The outcomes.
const (
	RedirectShopper  Outcome = "REDIRECT"          // send the shopper to the cashier
	Succeed          Outcome = "SUCCEED"           // done; an inquiry confirms it
	Wait             Outcome = "WAIT"              // the notification will tell
	Inquire          Outcome = "INQUIRE"           // not known: ask
	Repeat           Outcome = "REPEAT"            // the same request with the same id again, later
	NewAttempt       Outcome = "NEW_ATTEMPT"       // this id is spent: a new paymentRequestId
	FixRequest       Outcome = "FIX_REQUEST"       // the request is wrong
	FixConfiguration Outcome = "FIX_CONFIGURATION" // contract, keys or client id
	TellShopper      Outcome = "TELL_SHOPPER"      // another means of payment
)

// Advice is the outcome in words.
func (o Outcome) Advice() string {
	switch o {
	case RedirectShopper:
		return "send the shopper to the cashier"
	case Succeed:
		return "done"
	case Wait:
		return "wait for the notification"
	case Inquire:
		return "the outcome is unknown, inquire"
	case Repeat:
		return "repeat the same request with the same paymentRequestId later"
	case NewAttempt:
		return "this attempt is over, start another with a new paymentRequestId"
	case FixRequest:
		return "correct the request"
	case FixConfiguration:
		return "correct the configuration: contract, client id or keys"
	case TellShopper:
		return "offer the shopper another means of payment"
	}
	return "unknown outcome"
}
