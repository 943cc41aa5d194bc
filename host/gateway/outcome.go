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
	Succeed          Outcome = "SUCCEED"           // done
	Wait             Outcome = "WAIT"              // the notification will tell
	Inquire          Outcome = "INQUIRE"           // not known: ask
	Repeat           Outcome = "REPEAT"            // the same request with the same id again, later
	NewAttempt       Outcome = "NEW_ATTEMPT"       // this id is spent: a new one
	FixRequest       Outcome = "FIX_REQUEST"       // the request is wrong
	FixConfiguration Outcome = "FIX_CONFIGURATION" // contract, keys or client id
	TellShopper      Outcome = "TELL_SHOPPER"      // another means of payment
)

// Advice is an outcome in words, by the core.
type Advice struct {
	Operator string `json:"operator"` // for the merchant's people
	Shopper  string `json:"shopper"`  // for the shopper
}

// State is what is known of a payment or of a refund.
type State string

// The states. A payment goes through all of them, a refund only through Processing, Success and Fail.
const (
	Processing State = "PROCESSING" // begun
	Pending    State = "PENDING"    // the shopper has done their part; not paid yet
	Success    State = "SUCCESS"    // paid, or refunded
	Fail       State = "FAIL"       // over without money
	Cancelled  State = "CANCELLED"  // called off; what was paid is given back
)

// Final tells whether nothing more will come of itself: a paid payment changes only when the merchant cancels it.
func (s State) Final() bool { return s == Success || s == Fail || s == Cancelled }
