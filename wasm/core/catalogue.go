package core

// catalogue holds the sentence for every code in both languages. {0}, {1}, … stand
// for what the rule fills in.
var catalogue = [...]struct {
	code             Code
	english, chinese string
}{
	{InputTooLarge, "The input is too large. Send at most 256 KiB of JSON with at most 10,000 values.", "输入内容过大：JSON 不得超过 256 KiB，且最多包含 10,000 个值。"},
	{JSONTooDeep, "The JSON is nested too deeply. Use at most 32 levels.", "JSON 嵌套层级过深，最多允许 32 层。"},
	{JSONMalformed, "The text is not well-formed JSON at byte {0}.", "第 {0} 字节处不是合法的 JSON。"},
	{JSONDuplicateKey, "The name occurs more than once in the same object. Keep one.", "同一对象中存在重复的字段名，请只保留一个。"},
	{JSONNotAnObject, "A JSON object is expected here.", "此处应为 JSON 对象。"},

	{FieldRequired, "This field is required.", "此项为必填项。"},
	{FieldEmpty, "This field must not be empty.", "此项不能为空。"},
	{FieldNotAString, "This field must be a string in quotes.", "此项必须是带引号的字符串。"},
	{FieldNotAnObject, "This field must be an object.", "此项必须是对象。"},
	{FieldNotAnArray, "This field must be an array.", "此项必须是数组。"},
	{FieldTooLong, "This field is too long. Use at most {0} characters.", "内容过长，最多 {0} 个字符。"},
	{FieldTooMany, "There are too many entries. Use at most {0}.", "条目过多，最多 {0} 条。"},
	{FieldControlCharacter, "This field contains a control character such as a line break or a tab. Remove it.", "此项包含换行、制表符等控制字符，请删除。"},
	{FieldUnknown, "This field is not known and is not used. Check its spelling.", "未知字段，不会被使用，请检查拼写。"},
	{LanguageUnknown, "The language is not known. Use en or zh-CN.", "不支持该语言，请使用 en 或 zh-CN。"},
	{OrderRequired, "The order is missing.", "缺少订单信息。"},

	{ConfigDomainUnknown, "{0} is not a domain of the gateway. Use open-na.alipay.com or open-sea.alipay.com, or set gatewayUrl instead.", "{0} 不是网关域名，请使用 open-na.alipay.com 或 open-sea.alipay.com，或改为设置 gatewayUrl。"},
	{ConfigGatewayURL, "The gateway URL must be an origin such as https://open-na.alipay.com, without a path; http is only for loopback addresses.", "网关地址应为不含路径的源地址，例如 https://open-na.alipay.com；仅本机回环地址可使用 http。"},
	{ConfigGatewayTwice, "Set either domain or gatewayUrl, not both.", "domain 与 gatewayUrl 只能设置其一。"},
	{ConfigMerchantKind, "The merchant kind must be direct or acquirer.", "merchantKind 只能是 direct 或 acquirer。"},
	{ConfigWireProfile, "The wire profile must be guide or current.", "wireProfile 只能是 guide 或 current。"},
	{ConfigRedirectHost, "This must be a host name, with a port if need be, such as cashier.example.com.", "此处应为主机名，可带端口，例如 cashier.example.com。"},
	{KeyVersionMalformed, "The key version must be a positive whole number.", "密钥版本必须是正整数。"},

	{PaymentCurrencyNotSupported, "{0} cannot be used to pay with Alipay. Choose one of the 15 payment currencies.", "支付宝不支持以 {0} 付款，请从 15 种支付币种中选择。"},
	{SettlementCurrencyNotSupported, "{0} cannot be used for settlement. Choose one of the 14 settlement currencies.", "不支持以 {0} 结算，请从 14 种结算币种中选择。"},
	{SettlementCurrencyCNY, "Settlement cannot be in CNY. Choose another settlement currency.", "结算币种不能为人民币（CNY），请选择其他结算币种。"},
	{SettlementCurrencyMismatch, "A payment in {1} is settled in {1}, not in {0}.", "以 {1} 付款时，结算币种必须同为 {1}，不能为 {0}。"},
	{SettlementCurrencyNotContracted, "{0} is not a settlement currency of the contract. Choose one that is.", "合约未包含结算币种 {0}，请选择合约内的结算币种。"},

	{AmountMalformed, "The amount must be digits only, in the smallest unit of the currency: 100 stands for 1.00 USD or 100 JPY.", "金额只能包含数字，以币种的最小单位表示：100 代表 1.00 USD 或 100 JPY。"},
	{AmountNotPositive, "The amount must be more than zero.", "金额必须大于零。"},
	{AmountLeadingZero, "The amount must not begin with a zero.", "金额不能以零开头。"},
	{AmountTooLong, "The amount is too large. Use at most {0} digits.", "金额过大，最多 {0} 位数字。"},
	{AmountTextMalformed, "Enter an amount such as 1,234.50, with a point before the decimals.", "请输入正确的金额，例如 1,234.50，小数部分用点号分隔。"},
	{AmountTooManyDecimals, "{0} has {1} decimals at most.", "{0} 金额最多保留 {1} 位小数。"},
	{AmountNoDecimals, "{0} has no decimals. Enter a whole number.", "{0} 金额没有小数，请输入整数。"},

	{TerminalTypeUnknown, "The terminal type must be WEB (a computer) or WAP (a phone's browser).", "终端类型只能是 WEB（电脑网页）或 WAP（手机网页）。"},
	{BusinessTypeUnknown, "The business type must be 4, trade in goods.", "业务类型只能是 4（商品贸易）。"},
	{GoodsRequired, "Name at least one item that is bought.", "请至少填写一件商品。"},
	{GoodsNameCharacter, "The name must not contain | or ^.", "商品名称不能包含 | 或 ^。"},
	{GoodsQuantityMalformed, "The quantity must be a whole number from 1 to 999999999.", "数量必须是 1 至 999999999 的整数。"},
	{ExtendInfoTooLong, "The goods are too many or their names too long: together they must fit into {0} characters.", "商品过多或名称过长，商品信息合计不得超过 {0} 个字符。"},

	{URLScheme, "The address must begin with https:// or http://.", "网址必须以 https:// 或 http:// 开头。"},
	{URLMalformed, "The address is not a valid URL.", "网址格式不正确。"},

	{TimeNotISO, "The time must be ISO 8601 with an offset, such as 2020-05-18T12:08:56+05:30.", "时间必须为带时区偏移的 ISO 8601 格式，例如 2020-05-18T12:08:56+05:30。"},
	{TimeNotEpoch, "The time must be milliseconds since 1970, 13 digits, such as 1589783936000.", "时间必须为 13 位毫秒时间戳，例如 1589783936000。"},
	{TimeMalformed, "The time is neither ISO 8601 with an offset nor milliseconds since 1970.", "时间既不是带时区偏移的 ISO 8601 格式，也不是毫秒时间戳。"},
	{TimeTooOld, "The time lies too far in the past. Check this machine's clock, or take the message for a replay.", "时间过早：请检查本机时钟，或将该消息视为重放。"},
	{TimeInFuture, "The time lies in the future. Check this machine's clock.", "时间晚于当前时间：请检查本机时钟。"},
	{NowMalformed, "now must be milliseconds since 1970.", "now 必须为毫秒时间戳。"},

	{PathMalformed, "The path must be the request target as sent: it begins with / and contains no blank.", "路径必须与请求行一致：以 / 开头且不含空格。"},
	{HeaderMissing, "The header {0} is missing.", "缺少请求头 {0}。"},
	{HeaderTwice, "The header occurs twice.", "请求头重复。"},
	{HeaderMalformed, "The header contains a control character or is too long.", "请求头包含控制字符或过长。"},
	{ClientIDMismatch, "The client-id is not that of this merchant.", "client-id 与本商户不一致。"},
	{SignatureHeaderMalformed, "The signature header must read algorithm=RSA256,keyVersion=1,signature=… with each name once.", "签名头格式应为 algorithm=RSA256,keyVersion=1,signature=…，且各项仅出现一次。"},
	{SignatureAlgorithm, "The signature algorithm must be RSA256.", "签名算法必须为 RSA256。"},
	{SignatureNotBase64, "The signature is not standard base64.", "签名不是标准 Base64 编码。"},
	{SignatureLength, "The signature has {0} bytes; a key of at least 2048 bits makes 256 or more. It may have been cut off.", "签名长度为 {0} 字节；2048 位及以上密钥的签名至少 256 字节，签名可能被截断。"},

	{ResultStatusUnknown, "The result status is neither S, F nor U.", "resultStatus 不是 S、F 或 U。"},
	{NotifyTypeUnknown, "{0} is not a notification type known here. Nothing was concluded from it.", "未知的通知类型 {0}，未据此作任何判断。"},
	{RedirectMethod, "The redirect method is neither GET nor POST.", "跳转方式不是 GET 或 POST。"},
	{RedirectHost, "{0} is not a place to send a shopper to. Add its host to redirectHosts if it is right.", "不允许跳转至 {0}；如确认无误，请将其主机加入 redirectHosts。"},
	{RedirectParameter, "This redirect parameter is neither text, a number nor a boolean.", "该跳转参数不是文本、数字或布尔值。"},
}
