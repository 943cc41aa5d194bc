package core

import "strings"

// Code names a problem for programs. Codes are stable: Go, JavaScript and the
// command share them, and one is never reused for something else.
// The zero Code is none.
type Code uint16

// String is the name of the code, the one that is in replies.
func (c Code) String() string {
	name, _, _ := strings.Cut(catalogue[c], "\n")
	return name
}

// The codes of all errors and warnings, in the order of the catalogue.
const (
	InputTooLarge Code = iota + 1
	JSONTooDeep
	JSONMalformed
	JSONEmpty
	JSONByteOrderMark
	JSONNotUTF8
	JSONDuplicateKey
	JSONNotAnObject

	FieldRequired
	FieldEmpty
	FieldBlanksAround
	FieldNotAString
	FieldNotAnObject
	FieldNotAnArray
	FieldTooLong
	FieldTooMany
	FieldControlCharacter
	FieldNotABoolean
	FieldNotAWholeNumber
	FieldNotInSet
	FieldSpecialCharacter
	FieldNotUsed
	OneOfRequired
	FieldUnknown
	OrderRequired

	ConfigDomainUnknown
	ConfigGatewayURL
	ConfigGatewayTwice
	ConfigMerchantKind
	ConfigWireProfile
	ConfigRequestTime
	ConfigRedirectHost
	KeyVersionMalformed

	PaymentCurrencyNotSupported
	SettlementCurrencyNotSupported
	SettlementCurrencyCNY
	SettlementCurrencyMismatch
	SettlementCurrencyNotContracted

	CurrencyMalformed
	CurrencySpelling
	AmountMalformed
	AmountNotPositive
	AmountLeadingZero
	AmountTooLong
	AmountTextMalformed
	AmountSymbol
	AmountSeparators
	AmountTooManyDecimals
	AmountNoDecimals
	AmountBelowMinimum
	AmountAboveMaximum
	OrderAmountDiffers

	TerminalTypeUnknown
	OSTypeMissing
	RegionMalformed
	MerchantOnlyForAcquirers
	BusinessTypeUnknown
	GoodsRequired
	GoodsNameCharacter
	GoodsQuantityMalformed
	GoodsInfoMalformed
	TotalQuantityMismatch
	ReferenceGoodsIDMissing
	ExtendInfoTwice
	ExtendInfoTooLong

	URLScheme
	URLMalformed
	URLBlanksAround
	URLHostNotASCII
	URLNotEncoded
	URLPort
	URLDotSegment
	URLHTMLEscaped
	URLFragment
	URLNotPublic
	NotifyURLQuery

	TimeNotISO
	TimeWithoutSeconds
	TimeNotEpoch
	TimeMalformed
	TimeTooOld
	TimeInFuture
	ExpiryPassed
	ExpiryTooLate
	MillisecondsMalformed

	PathMalformed
	HeaderMissing
	HeaderTwice
	HeaderMalformed
	ClientIDMismatch
	SignatureHeaderMalformed
	SignatureAlgorithm
	SignatureNotBase64
	SignatureLength
	SignatureTruncated
	SignatureEncodedTwice
	SignaturePlusAsBlank
	PathQueryAdded
	PathQueryMissing
	PathOther
	BodyReencoded
	BodyEmpty
	BodyCompressed
	BodyBase64
	BodyJSONString
	BodyChunked
	BodyCharset

	ResultStatusUnknown
	StatusUnknown
	ResultContradictory
	NotifyTypeUnknown
	RedirectMethod
	RedirectHost
	RedirectParameter

	PaymentRequestIDMismatch
	PaymentIDMismatch
	PaymentAmountMismatch
	PaymentCurrencyMismatch
	SettlementCurrencyDiffers
	RefundRequestIDMismatch
	RefundIDMismatch
	RefundAmountMismatch
	RefundCurrencyMismatch

	ConfigOrigin
	EventUnknown
	RecordRequired
	RecordVersion
	RecordMalformed
	RecordTooLarge
	ClockWentBack
	OrderChanged
	RequestIDUsed
	TooManyAttempts
	TooManyRefunds
	PaymentStatusInvalid
	CancellationOpen
	RefundExists
	RefundChanged
	RefundExceedsPayment
	CallUnknown
	AnswerUnusable
	MessageUnknown
	MessageSuperseded
	AttentionUnknown
	ConflictOpen
	NoConflict

	lastCode = iota // the number of codes
)
