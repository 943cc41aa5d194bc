package core

// Code names a problem for programs. Codes are stable: Go, JavaScript and the
// command share them, and one is never reused for something else.
type Code string

// The codes of all errors and warnings, in the order of the catalogue.
const (
	InputTooLarge    Code = "INPUT_TOO_LARGE"
	JSONTooDeep      Code = "JSON_TOO_DEEP"
	JSONMalformed    Code = "JSON_MALFORMED"
	JSONDuplicateKey Code = "JSON_DUPLICATE_KEY"
	JSONNotAnObject  Code = "JSON_NOT_AN_OBJECT"

	FieldRequired         Code = "FIELD_REQUIRED"
	FieldEmpty            Code = "FIELD_EMPTY"
	FieldNotAString       Code = "FIELD_NOT_A_STRING"
	FieldNotAnObject      Code = "FIELD_NOT_AN_OBJECT"
	FieldNotAnArray       Code = "FIELD_NOT_AN_ARRAY"
	FieldTooLong          Code = "FIELD_TOO_LONG"
	FieldTooMany          Code = "FIELD_TOO_MANY"
	FieldControlCharacter Code = "FIELD_CONTROL_CHARACTER"
	FieldUnknown          Code = "FIELD_UNKNOWN"
	LanguageUnknown       Code = "LANGUAGE_UNKNOWN"
	OrderRequired         Code = "ORDER_REQUIRED"

	ConfigDomainUnknown Code = "CONFIG_DOMAIN_UNKNOWN"
	ConfigGatewayURL    Code = "CONFIG_GATEWAY_URL"
	ConfigGatewayTwice  Code = "CONFIG_GATEWAY_TWICE"
	ConfigMerchantKind  Code = "CONFIG_MERCHANT_KIND"
	ConfigWireProfile   Code = "CONFIG_WIRE_PROFILE"
	ConfigRedirectHost  Code = "CONFIG_REDIRECT_HOST"
	KeyVersionMalformed Code = "KEY_VERSION_MALFORMED"

	PaymentCurrencyNotSupported     Code = "PAYMENT_CURRENCY_NOT_SUPPORTED"
	SettlementCurrencyNotSupported  Code = "SETTLEMENT_CURRENCY_NOT_SUPPORTED"
	SettlementCurrencyCNY           Code = "SETTLEMENT_CURRENCY_CNY"
	SettlementCurrencyMismatch      Code = "SETTLEMENT_CURRENCY_MISMATCH"
	SettlementCurrencyNotContracted Code = "SETTLEMENT_CURRENCY_NOT_CONTRACTED"

	AmountMalformed       Code = "AMOUNT_MALFORMED"
	AmountNotPositive     Code = "AMOUNT_NOT_POSITIVE"
	AmountLeadingZero     Code = "AMOUNT_LEADING_ZERO"
	AmountTooLong         Code = "AMOUNT_TOO_LONG"
	AmountTextMalformed   Code = "AMOUNT_TEXT_MALFORMED"
	AmountTooManyDecimals Code = "AMOUNT_TOO_MANY_DECIMALS"
	AmountNoDecimals      Code = "AMOUNT_NO_DECIMALS"

	TerminalTypeUnknown    Code = "TERMINAL_TYPE_UNKNOWN"
	BusinessTypeUnknown    Code = "BUSINESS_TYPE_UNKNOWN"
	GoodsRequired          Code = "GOODS_REQUIRED"
	GoodsNameCharacter     Code = "GOODS_NAME_CHARACTER"
	GoodsQuantityMalformed Code = "GOODS_QUANTITY_MALFORMED"
	ExtendInfoTooLong      Code = "EXTEND_INFO_TOO_LONG"

	URLScheme    Code = "URL_SCHEME"
	URLMalformed Code = "URL_MALFORMED"

	TimeNotISO    Code = "TIME_NOT_ISO_8601"
	TimeNotEpoch  Code = "TIME_NOT_EPOCH_MILLISECONDS"
	TimeMalformed Code = "TIME_MALFORMED"
	TimeTooOld    Code = "TIME_TOO_OLD"
	TimeInFuture  Code = "TIME_IN_FUTURE"
	NowMalformed  Code = "NOW_MALFORMED"

	PathMalformed            Code = "PATH_MALFORMED"
	HeaderMissing            Code = "HEADER_MISSING"
	HeaderTwice              Code = "HEADER_TWICE"
	HeaderMalformed          Code = "HEADER_MALFORMED"
	ClientIDMismatch         Code = "CLIENT_ID_MISMATCH"
	SignatureHeaderMalformed Code = "SIGNATURE_HEADER_MALFORMED"
	SignatureAlgorithm       Code = "SIGNATURE_ALGORITHM"
	SignatureNotBase64       Code = "SIGNATURE_NOT_BASE64"
	SignatureLength          Code = "SIGNATURE_LENGTH"

	ResultStatusUnknown Code = "RESULT_STATUS_UNKNOWN"
	NotifyTypeUnknown   Code = "NOTIFY_TYPE_UNKNOWN"
	RedirectMethod      Code = "REDIRECT_METHOD"
	RedirectHost        Code = "REDIRECT_HOST"
	RedirectParameter   Code = "REDIRECT_PARAMETER"
)
