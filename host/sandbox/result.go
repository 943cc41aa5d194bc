package sandbox

// Result is the result that every answer and notification carries.
type Result struct {
	ResultCode    string `json:"resultCode"`
	ResultMessage string `json:"resultMessage"`
	ResultStatus  string `json:"resultStatus"`
}

const maximumMessage = 256

// failure is a final result: nothing was done.
func failure(code, message string) *Result {
	if len(message) > maximumMessage {
		message = message[:maximumMessage]
	}
	return &Result{ResultCode: code, ResultMessage: message, ResultStatus: "F"}
}

func illegal(message string) *Result { return failure("PARAM_ILLEGAL", message) }

// refused is an answer that is nothing but a result.
type refused struct {
	Result *Result `json:"result"`
}

func (r refused) result() *Result { return r.Result }
