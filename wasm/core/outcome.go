package core

import "strings"

// Outcome is what an answer of the gateway asks the merchant to do next.
type Outcome string

// The outcomes. A payment is paid only when its notification or an inquiry says so:
// a pay answer that claims it is an INQUIRE.
const (
	Redirect         Outcome = "REDIRECT"          // send the shopper to the cashier
	Succeed          Outcome = "SUCCEED"           // done
	Wait             Outcome = "WAIT"              // the notification will tell
	Inquire          Outcome = "INQUIRE"           // not known: ask with an inquiry
	Repeat           Outcome = "REPEAT"            // send the same request again, same id, later
	NewAttempt       Outcome = "NEW_ATTEMPT"       // this id is spent: a new one
	FixRequest       Outcome = "FIX_REQUEST"       // the request is wrong
	FixConfiguration Outcome = "FIX_CONFIGURATION" // contract, keys or client id
	TellShopper      Outcome = "TELL_SHOPPER"      // another means of payment
)

// advice says in both languages what an outcome asks of the merchant's operator and
// what the shopper should read.
var advice = [...]struct {
	outcome                           Outcome
	operator, operatorZh, shopper, zh string
}{
	{Redirect, "Send the shopper to the cashier.", "请将买家引导至收银台。", "You are being taken to Alipay to pay.", "正在前往支付宝付款。"},
	{Succeed, "The payment is paid. Compare id, amount and currency, then deliver once.", "付款成功，请核对请求号、金额和币种后发货，切勿重复发货。", "Your payment has been received.", "付款成功。"},
	{Wait, "Wait for the notification, or inquire later.", "请等待异步通知，或稍后查询。", "Your payment is being processed. Please wait a moment.", "付款处理中，请稍候。"},
	{Inquire, "The result is not known. Inquire before anything else; never charge again with a new id.", "结果未知，请先查询，切勿使用新的请求号重复扣款。", "We are checking your payment. Please do not pay again.", "正在确认付款结果，请勿重复付款。"},
	{Repeat, "Send the same request with the same id again, a little later.", "请稍后使用相同的请求号原样重试。", "Alipay is busy. Please wait a moment.", "支付宝繁忙，请稍候。"},
	{NewAttempt, "This attempt is over. Start another one with a new request id.", "本次请求已结束，如需继续请使用新的请求号。", "The payment was not completed. Please try again.", "付款未完成，请重新发起。"},
	{FixRequest, "The request is wrong. Correct it before it is sent again.", "请求有误，请修正后再发送。", "The payment could not be made. Please contact the shop.", "无法完成付款，请联系商家。"},
	{FixConfiguration, "The contract, the keys or the client id do not fit, or Alipay has failed. Do not repeat it: check them, or ask Alipay's support.", "合约、密钥或 client-id 不匹配，或支付宝处理失败。请勿重试，请检查配置或联系支付宝技术支持。", "The payment could not be made. Please contact the shop.", "无法完成付款，请联系商家。"},
	{TellShopper, "Alipay declined this payment. Offer another means of payment.", "支付宝拒绝了本次付款，请提供其他付款方式。", "Alipay declined the payment. Please choose another way to pay.", "支付宝未能完成付款，请选择其他付款方式。"},
}

// remarks are advice about single codes that says more than that of their outcome.
// Where one has nothing for the shopper, the outcome's words stand.
var remarks = [...]struct {
	calls                             call
	codes                             string // with blanks between them
	operator, operatorZh, shopper, zh string
}{
	{callPay, "PAYMENT_AMOUNT_EXCEED_LIMIT USER_AMOUNT_EXCEED_LIMIT",
		"The amount is above a limit of Alipay or of the shopper. Offer a smaller amount or another means of payment.", "金额超过支付宝或买家的限额，请降低金额或提供其他付款方式。",
		"The amount is above your limit at Alipay. Please choose another way to pay.", "金额超出您的支付宝限额，请选择其他付款方式。"},
	{callPay, "USER_BALANCE_NOT_ENOUGH",
		"The shopper's balance is not enough. Another try needs a new request id.", "买家余额不足，重新付款须使用新的请求号。",
		"Your balance at Alipay is not enough. Please try again with another card, or choose another way to pay.", "支付宝余额不足，请更换银行卡后重试，或选择其他付款方式。"},
	{callPay, "RISK_REJECT FRAUD_REJECT",
		"Alipay declined this payment because of a risk; what was paid goes back. Offer another means of payment.", "支付宝因风险原因拒绝了本次付款，已付款项将退回。请提供其他付款方式。", "", ""},
	{callPay, "SUSPECTED_RISK",
		"Alipay suspects a risk; what was paid goes back. It may be tried again after one working day.", "支付宝认为本次付款存在风险，已付款项将退回，可在一个工作日后重试。", "", ""},
	{callPay, "CURRENCY_NOT_SUPPORT SETTLE_CONTRACT_NOT_MATCH INVALID_CONTRACT",
		"The contract does not cover this payment. Check the currencies, settlementCurrency above all.", "合约不支持本次付款，请检查币种，尤其是 settlementCurrency。", "", ""},
	{callPay, "REPEAT_REQ_INCONSISTENT",
		"This request id belongs to an earlier payment with another amount, currency or means. Inquire what became of it; use a new id only when it is dead.", "该请求号已用于不同金额、币种或付款方式的付款。请先查询原付款的结果，确认其已失败或关闭后，方可使用新的请求号。",
		"Please do not pay again, and contact the shop.", "请勿重复付款，并联系商家。"},
	{callRefund, "REPEAT_REQ_INCONSISTENT",
		"This refundRequestId belongs to an earlier refund of another amount. Inquire what became of it; use a new id only for a refund that is wanted besides.", "该 refundRequestId 已用于不同金额的退款。请先查询原退款的结果，仅在确需另行退款时使用新的请求号。",
		"Your refund is being looked into. Please contact the shop.", "退款正在核实中，请联系商家。"},
	{callCancel, "CANCEL_WINDOW_EXCEED",
		"It is too late to cancel this payment. Refund it instead.", "已超过撤销期限，请改为退款。", "", ""},
	{callCancel | callRefund, "MERCHANT_BALANCE_NOT_ENOUGH",
		"Your balance at Alipay is not enough to give the money back. Try again later; a refund needs a new refundRequestId then.", "商户在支付宝的余额不足，无法退回款项，请稍后重试；退款须使用新的 refundRequestId。", "", ""},
	{callRefund, "REFUND_AMOUNT_EXCEED REFUND_WINDOW_EXCEED REFUND_NOT_SUPPORTED PARTIAL_REFUND_NOT_SUPPORTED " +
		"MULTIPLE_REFUNDS_NOT_SUPPORTED PAYMENT_METHOD_NOT_SUPPORTED", "Alipay does not make this refund: its amount, its time or its kind does not allow it. Do not repeat it.", "支付宝无法办理该退款：金额、期限或方式不符。请勿重试。", "", ""},
}

// writeAdvice writes what the outcome asks for, and what is to be said about the code
// that led to it.
func (o Outcome) writeAdvice(w *writer, l language, k call, code string) {
	for i := range advice {
		a := &advice[i]
		if a.outcome != o {
			continue
		}
		operator, shopper := a.operator, a.shopper
		if l == simplifiedChinese {
			operator, shopper = a.operatorZh, a.zh
		}
		if english, chinese := k.shopperText(o); l == simplifiedChinese && chinese != "" {
			shopper = chinese
		} else if english != "" {
			shopper = english
		}
		if o == Succeed && k&(callPay|callInquiryPayment) == 0 {
			operator = "It is done; nothing is left to do."
			if l == simplifiedChinese {
				operator = "已完成，无需其他操作。"
			}
		}
		if o == Inquire && k&(callRefund|callInquiryRefund) != 0 {
			operator = "The result of the refund is not known. Inquire again before anything else; never refund with another refundRequestId."
			if l == simplifiedChinese {
				operator = "退款结果未知，请先查询，切勿使用其他 refundRequestId 重复退款。"
			}
		}
		for i := range remarks {
			r := &remarks[i]
			if o.open() || r.calls&k == 0 || !hasWord(r.codes, code) {
				continue
			}
			about, toShopper := r.operator, r.shopper
			if l == simplifiedChinese {
				about, toShopper = r.operatorZh, r.zh
			}
			operator = about
			if toShopper != "" {
				shopper = toShopper
			}
		}
		w.name("advice")
		w.open('{')
		w.member("operator", operator)
		w.member("shopper", shopper)
		w.close('}')
	}
}

// shopperText is what the shopper reads when the answer is not that of a payment
// that is being made: a refund that failed is no reason to pay again.
func (k call) shopperText(o Outcome) (english, chinese string) {
	switch refund := k == callRefund || k == callInquiryRefund; {
	case refund && o == Succeed:
		return "The refund has been made. The money goes back the way it was paid.", "退款成功，款项将原路退回。"
	case refund && (o == Wait || o == Repeat || o == Inquire):
		return "The refund is being processed.", "退款处理中，请稍候。"
	case refund:
		return "The refund was not made. Please contact the shop.", "退款未成功，请联系商家。"
	case k == callCancel && o == Succeed:
		return "The payment has been cancelled. Money that was paid goes back.", "交易已取消，如已付款将原路退回。"
	case k == callCancel, k == callInquiryPayment && (o == FixRequest || o == FixConfiguration):
		// Nothing was learned about a payment that may well exist.
		return advice[inquireAt].shopper, advice[inquireAt].zh
	}
	return "", ""
}

// inquireAt is the place of Inquire in advice.
const inquireAt = 3

// call is one of the five calls, or a notification.
type call byte

const (
	callPay call = 1 << iota
	callInquiryPayment
	callCancel
	callRefund
	callInquiryRefund

	anyCall = 1<<iota - 1
)

// outcomes follows the result codes on the API pages of the calls. The first row
// with the call and the code counts; a code that is not here is decided by status.
var outcomes = [...]struct {
	calls   call
	outcome Outcome
	codes   string // with blanks between them
}{
	{callPay, Inquire, "UNKNOWN_EXCEPTION PAYMENT_IN_PROCESS ORDER_NOT_EXIST ORDER_STATUS_INVALID"},
	{callPay, NewAttempt, "ORDER_IS_CANCELED ORDER_IS_CLOSED"},
	{callPay, TellShopper, "NO_PAY_OPTIONS INVALID_PAYMENT_METHOD_META_DATA PAYMENT_PROHIBITED PAYMENT_AMOUNT_EXCEED_LIMIT " +
		"USER_AMOUNT_EXCEED_LIMIT PAYMENT_COUNT_EXCEED_LIMIT USER_BALANCE_NOT_ENOUGH " +
		"USER_KYC_NOT_QUALIFIED USER_NOT_EXIST USER_STATUS_ABNORMAL USER_PAYMENT_VERIFICATION_FAILED " +
		"RISK_REJECT FRAUD_REJECT SUSPECTED_RISK"},
	{callInquiryPayment | callInquiryRefund, Inquire, "ORDER_NOT_EXIST PROCESS_FAIL SYSTEM_ERROR"},
	{callCancel, Inquire, "ORDER_NOT_EXIST ORDER_STATUS_INVALID PROCESS_FAIL"},
	{callCancel, FixRequest, "CANCEL_WINDOW_EXCEED"},
	{callCancel, FixConfiguration, "MERCHANT_BALANCE_NOT_ENOUGH"},
	{callRefund, Wait, "REFUND_IN_PROCESS"},
	{callRefund, NewAttempt, "MERCHANT_BALANCE_NOT_ENOUGH"},
	{callRefund, FixRequest, "REFUND_AMOUNT_EXCEED REFUND_WINDOW_EXCEED REFUND_NOT_SUPPORTED PARTIAL_REFUND_NOT_SUPPORTED " +
		"MULTIPLE_REFUNDS_NOT_SUPPORTED PAYMENT_METHOD_NOT_SUPPORTED ORDER_IS_CLOSED ORDER_IS_CANCELED " +
		"ORDER_NOT_EXIST ORDER_STATUS_INVALID"},
	{anyCall, Repeat, "REQUEST_TRAFFIC_EXCEED_LIMIT UNKNOWN_EXCEPTION"},
	{anyCall, FixRequest, "PARAM_ILLEGAL REPEAT_REQ_INCONSISTENT"},
	{anyCall, FixConfiguration, "CURRENCY_NOT_SUPPORT SETTLE_CONTRACT_NOT_MATCH INVALID_CONTRACT ACCESS_DENIED KEY_NOT_FOUND " +
		"NO_INTERFACE_DEF INVALID_API API_INVALID CLIENT_INVALID INVALID_CLIENT SIGNATURE_INVALID " +
		"INVALID_SIGNATURE MEDIA_TYPE_NOT_ACCEPTABLE METHOD_NOT_SUPPORTED OAUTH_FAIL ILLEGAL_CLIENT_IP " +
		"INVALID_MERCHANT_STATUS MERCHANT_NOT_REGISTERED MERCHANT_KYB_NOT_QUALIFIED PAYMENT_NOT_QUALIFIED " +
		"PROCESS_FAIL SYSTEM_ERROR"},
}

// opposite tells of a status and a code that say opposite things about money: S with a
// code that means something else than success, F with the code of success. Nothing may be
// delivered, given back or closed on the word of such a message, and it is not
// acknowledged: an inquiry tells. A code that is empty or not known here says nothing, so
// the status decides alone.
func opposite(k call, status, code string) bool {
	return status == "S" && k.codeOutcome(code) != "" || status == "F" && lower(code) == "success"
}

// open tells whether an outcome leaves the result open.
func (o Outcome) open() bool { return o == Inquire || o == Repeat || o == Wait }

// outcome decides by code where the code is known and by status where it is not. No
// code makes an end of what the status says is unknown.
func (k call) outcome(m *message, hasRedirect bool) Outcome {
	r := &m.result
	if r.status == "S" {
		switch k {
		case callPay:
			return Inquire
		case callInquiryPayment:
			return callPay.statusOutcome(m.text[paymentStatusAt], m.text[paymentResultCodeAt])
		case callInquiryRefund:
			return callRefund.statusOutcome(m.text[refundStatusAt], "")
		}
		return Succeed
	}
	if k == callPay && k.open(m) && hasRedirect {
		return Redirect
	}
	if o := k.codeOutcome(r.code); o != "" && (o.open() || r.status != "U") {
		return o
	}
	switch {
	case r.status == "U" && k != callPay:
		return Repeat
	case r.status == "U", k == callInquiryPayment, k == callInquiryRefund, k == callCancel:
		return Inquire
	case k == callRefund:
		return FixRequest
	}
	return TellShopper
}

// undecided tells whether a refusal speaks of the call alone (its signature, its form,
// the contract, a failure at Alipay) and not of the payment or the refund that it is about.
// Once an earlier request with the same id got no answer, such a refusal does not tell
// what became of that request. Only the codes that outcomes has for one kind of call
// decide; a code that is not known decides nothing.
func (k call) undecided(m *message) bool {
	if m.result.status != "F" || k&(callPay|callCancel|callRefund) == 0 {
		return false
	}
	for i := range outcomes {
		row := &outcomes[i]
		if row.calls&k != 0 && hasWord(row.codes, m.result.code) {
			return row.calls == anyCall || row.outcome.open()
		}
	}
	return true
}

// codeOutcome is what outcomes has for the code, "" when it has nothing.
func (k call) codeOutcome(code string) Outcome {
	for i := range outcomes {
		row := &outcomes[i]
		if row.calls&k == 0 {
			continue
		}
		if hasWord(row.codes, code) {
			return row.outcome
		}
	}
	return ""
}

// hasWord tells whether one of the words, which have blanks between them, is this one.
func hasWord(words, word string) bool {
	for words != "" {
		first, rest, _ := strings.Cut(words, " ")
		if first == word {
			return true
		}
		words = rest
	}
	return false
}

func contains(words []string, word string) bool {
	for _, w := range words {
		if len(w) == len(word) && w == word {
			return true
		}
	}
	return false
}

// statusOutcome is what a paymentStatus or refundStatus asks for. k is the call that
// began the payment or the refund: one that has failed did so with one of its codes.
func (k call) statusOutcome(status, code string) Outcome {
	switch status {
	case stateSuccess:
		return Succeed
	case stateFail:
		if o := k.codeOutcome(code); o != "" && !o.open() {
			return o
		}
		return NewAttempt // nothing is left to be waited for or asked about
	case stateCancelled:
		return NewAttempt
	}
	return Wait
}
