package core

// word is one of the words that a record is written with. Comparing and keeping numbers takes a fraction of what texts
// take, in bytes of code and in time.
type word uint8

const (
	wNone word = iota

	wProcessing // the states of a payment, of which a refund has three and a message the second
	wPending
	wSuccess
	wFail
	wCancelled

	wPay // the calls
	wInquiryPayment
	wCancel
	wRefund
	wInquiryRefund

	wDelivered // of a message: the merchant took it
	wFailed    // the merchant took it at no time
	wSuperseded

	wPaymentSucceeded // types of messages, in the order of the final states
	wPaymentFailed
	wPaymentCancelled
	wRefundSucceeded
	wRefundFailed
	wPaymentConflict

	wAccept // how a conflict is settled, or by wCancel
	wKeep

	wOrderAccepted // what happened, for the history
	wAttempt
	wAsked
	wAnswered
	wNoAnswer
	wNotSent
	wNotified
	wMisfit
	wStatus
	wConflict
	wReturned
	wInquire
	wCancelRefused
	wTaken
	wUndelivered
	wGivenUp
	wResend
	wDismiss
	wSettle

	wConflictOpen // what needs a person
	wNotificationMisfit
	wAnswerMisfit
	wSettlementDiffers
	wCancellationRefused
	wRefundNotMade
	wMessageUndelivered
)

var words = [...]string{
	wProcessing: stateProcessing, wPending: statePending, wSuccess: stateSuccess, wFail: stateFail, wCancelled: stateCancelled,
	wPay: "pay", wInquiryPayment: "inquiry_payment", wCancel: "cancel", wRefund: "refund", wInquiryRefund: "inquiry_refund",
	wDelivered: "DELIVERED", wFailed: "FAILED", wSuperseded: "SUPERSEDED",
	wPaymentSucceeded: "payment.succeeded", wPaymentFailed: "payment.failed", wPaymentCancelled: "payment.cancelled",
	wRefundSucceeded: "refund.succeeded", wRefundFailed: "refund.failed", wPaymentConflict: "payment.conflict",
	wAccept: "accept", wKeep: "keep",
	wOrderAccepted: "order accepted", wAttempt: "attempt", wAsked: "asked", wAnswered: "answered", wNoAnswer: "no answer",
	wNotSent: "not sent", wNotified: "notified", wMisfit: "misfit", wStatus: "status", wConflict: "conflict",
	wReturned: "returned", wInquire: "inquire", wCancelRefused: "cancel refused", wTaken: "delivered",
	wUndelivered: "undelivered", wGivenUp: "given up", wResend: "resend", wDismiss: "dismiss", wSettle: "settle",
	wConflictOpen: "CONFLICT", wNotificationMisfit: "NOTIFICATION_MISFIT", wAnswerMisfit: "ANSWER_MISFIT",
	wSettlementDiffers: "SETTLEMENT_CURRENCY_DIFFERS", wCancellationRefused: "CANCELLATION_REFUSED",
	wRefundNotMade: "REFUND_FAILED", wMessageUndelivered: "MESSAGE_UNDELIVERED",
}

func (w word) String() string { return words[w] }

// wordOf finds a word by its text, wNone for another text.
func wordOf(text string) word {
	for i := range words {
		if words[i] == text {
			return word(i)
		}
	}
	return wNone
}
