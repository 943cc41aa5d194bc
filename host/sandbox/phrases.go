package sandbox

// phrases are the words of the pages in one language.
type phrases struct {
	Cashier, Sandbox, SandboxNotice, Language                       string
	Payee, Order, OrderNumber, Amount, TimeLeft                     string
	ScanTitle, ScanHint, ScanHintLocal, CodeLabel                   string
	OtherTitle, OtherHint, OtherButton                              string
	LoginTitle, LoginHint, Account, Password, AnyAccount, LoginNext string
	AnyPassword, AccountMissing, PasswordMissing                    string
	ConfirmTitle, PaymentMethod, TestBalance, PayingAccount         string
	PaymentPassword, PaymentPasswordMissing, PayNow                 string
	PaidTitle, PaidAt, PaymentNumber, Returning, BackToMerchant     string
	ClosedTitle, ClosedHint                                         string
	DeclinedTitle, DeclinedHint, CancelledTitle, CancelledHint      string
	PendingTitle, PendingHint, LeftTitle, LeftHint                  string
	InsteadTitle, InsteadHint, Decline, Leave, PayLate              string
	PayTooLate, PayTooLateHint, GivenBack, LandingInspector         string
	LandingControl, Inspector                                       string
	UnknownTitle, UnknownHint                                       string
	LandingTitle, LandingLead, LandingStart, LandingStartHint       string
	LandingStartRemote, LandingKeys, LandingSandboxKey              string
	LandingAddresses, LandingGateway, LandingRecord, LandingHealth  string
	LandingMerchant, LandingMerchantKey, LandingKeyVersion          string
	FrontPage, Copy, Copied, LandingSDKs                            string
	SignTitle, SignLead, SignMessage, SignKey, SignHow              string
	SignRequest, SignRequestPath, SignYours                         string
	SignAnswer, SignAnswerPath, SignTheirs                          string
	SignNotification, SignNotificationPath                          string
	SignNotificationPathAlone, SignAcknowledge                      string
}

var phrasesIn = map[language]*phrases{
	english: {
		Cashier:       "Cashier",
		Sandbox:       "Sandbox",
		SandboxNotice: "This is a sandbox. No real money moves.",
		Language:      "Language",

		Payee:       "Payee",
		Order:       "Order",
		OrderNumber: "Order number",
		Amount:      "Amount",
		TimeLeft:    "Time left to pay",

		ScanTitle:     "Scan to pay",
		ScanHint:      "Scan with a phone that can reach this computer.",
		ScanHintLocal: "This code opens on this computer only. For a phone, open the page by this computer's address in your network, with the sandbox started by cashier sandbox",
		CodeLabel:     "QR code that opens this payment on a phone",

		OtherTitle:  "No phone at hand?",
		OtherHint:   "Log in here with a test account. Any account and any password will do.",
		OtherButton: "Log in with a test account",

		LoginTitle:      "Log in to pay",
		LoginHint:       "Any account and any password will do. Do not use your real ones.",
		Account:         "Account",
		AnyAccount:      "Any email or phone number",
		Password:        "Password",
		AnyPassword:     "Anything you like",
		LoginNext:       "Next",
		AccountMissing:  "Enter an account, any will do.",
		PasswordMissing: "Enter a password, any will do.",

		ConfirmTitle:           "Confirm payment",
		PaymentMethod:          "Payment method",
		TestBalance:            "Test balance",
		PayingAccount:          "Paying account",
		PaymentPassword:        "Payment password",
		PaymentPasswordMissing: "Enter a payment password, any will do.",
		PayNow:                 "Pay %s %s",

		PaidTitle:      "Payment successful",
		PaidAt:         "Paid at",
		PaymentNumber:  "Payment number",
		Returning:      "You are being taken back to the merchant…",
		BackToMerchant: "Back to the merchant",

		ClosedTitle: "This payment has expired",
		ClosedHint:  "It was not paid in time and nothing was charged. Go back to the merchant to try again.",

		DeclinedTitle:    "The payment was declined",
		DeclinedHint:     "The test balance is not enough and nothing was charged. Go back to the merchant to try again.",
		CancelledTitle:   "This payment was cancelled",
		CancelledHint:    "The merchant has cancelled it. Whatever was paid has been given back.",
		PendingTitle:     "Your payment is on its way",
		PendingHint:      "It will arrive in three minutes by the sandbox's clock. Until then the merchant hears that it is pending.",
		LeftTitle:        "You have not paid",
		LeftHint:         "The payment stays open until its time is over.",
		InsteadTitle:     "What else can happen",
		InsteadHint:      "Only a sandbox has these buttons. See what your shop makes of each.",
		Decline:          "Decline the payment",
		Leave:            "Leave without paying",
		PayLate:          "Pay late",
		PayTooLate:       "Pay all the same",
		PayTooLateHint:   "Money that comes too late is given back at once.",
		GivenBack:        "The money came too late and was given back at once.",
		LandingInspector: "Open the inspector",
		LandingControl:   "Control API for tests",
		Inspector:        "Inspector",

		UnknownTitle: "There is no such payment",
		UnknownHint:  "The link is wrong, or the sandbox was started anew since it was made.",

		LandingTitle:       "Local Alipay sandbox",
		LandingLead:        "This sandbox simulates Alipay for Cashier Payment with the AlipayCN wallet: the gateway, the cashier and the notifications. It runs on this machine only and is not made by Alipay.",
		LandingStart:       "Make a first payment",
		LandingStartHint:   "Each of these programs makes the same call. It prints the gateway's answer and the address to pay at.",
		LandingStartRemote: "Visit this page on the sandbox's own machine to see a signed example.",
		LandingKeys:        "Keys",
		LandingSandboxKey:  "Public key of the sandbox, key version %d. It takes the place of Alipay's public key.",
		LandingAddresses:   "Addresses",
		LandingGateway:     "the gateway, in place of https://open-na.alipay.com",
		LandingRecord:      "every payment as JSON, for this machine only",
		LandingHealth:      "answers as soon as the sandbox is up",
		LandingMerchant:    "Merchant",
		LandingMerchantKey: "private key to sign with",
		LandingKeyVersion:  "key version %d",
		FrontPage:          "About this sandbox",
		Copy:               "Copy",
		Copied:             "Copied",
		LandingSDKs:        "The official SDKs sign with key version 1 unless you set another one. Those for Java and Python refuse http; cashier sandbox --tls serves https as well.",

		SignTitle:                 "What is signed",
		SignLead:                  "Requests, answers and notifications sign a text of the same form: the method, a blank, the path, a line feed, the client-id, a full stop, the time, a full stop, and the body byte for byte.",
		SignMessage:               "Message",
		SignKey:                   "Key",
		SignHow:                   "RSASSA-PKCS1-v1_5 with SHA-256, in base64, percent-encoded, in the header signature: algorithm=RSA256,keyVersion=…,signature=… Verify answers and notifications over the bytes as they arrive, before you parse them.",
		SignRequest:               "Your request",
		SignRequestPath:           "of the call, with its query",
		SignYours:                 "your private key",
		SignAnswer:                "The answer",
		SignAnswerPath:            "of the request that it answers",
		SignTheirs:                "the sandbox's; verify with its public key",
		SignNotification:          "A notification",
		SignNotificationPath:      "of your notify URL, with its query; / for a URL without a path",
		SignNotificationPathAlone: "of your notify URL, without its query; / for a URL without a path",
		SignAcknowledge:           "Answer a notification with status 200 and this body, without a signature:",
	},
	chinese: {
		Cashier:       "收银台",
		Sandbox:       "沙箱",
		SandboxNotice: "当前为沙箱环境，不会产生真实扣款。",
		Language:      "语言",

		Payee:       "收款方",
		Order:       "商品说明",
		OrderNumber: "商家订单号",
		Amount:      "付款金额",
		TimeLeft:    "剩余付款时间",

		ScanTitle:     "扫码付款",
		ScanHint:      "请使用可访问本机的手机扫码。",
		ScanHintLocal: "此二维码只能在本机打开。如需用手机扫码，请通过本机的局域网地址打开此页面，并这样启动沙箱：cashier sandbox",
		CodeLabel:     "在手机上打开此笔付款的二维码",

		OtherTitle:  "手边没有手机？",
		OtherHint:   "可在此登录测试账号付款，任意账号和密码均可。",
		OtherButton: "登录测试账号付款",

		LoginTitle:      "登录付款",
		LoginHint:       "任意账号和密码均可，请勿使用真实账号。",
		Account:         "账号",
		AnyAccount:      "任意邮箱或手机号",
		Password:        "登录密码",
		AnyPassword:     "任意内容",
		LoginNext:       "下一步",
		AccountMissing:  "请输入账号，任意账号均可。",
		PasswordMissing: "请输入密码，任意密码均可。",

		ConfirmTitle:           "确认付款",
		PaymentMethod:          "付款方式",
		TestBalance:            "测试余额",
		PayingAccount:          "付款账号",
		PaymentPassword:        "支付密码",
		PaymentPasswordMissing: "请输入支付密码，任意密码均可。",
		PayNow:                 "支付 %s %s",

		PaidTitle:      "付款成功",
		PaidAt:         "付款时间",
		PaymentNumber:  "交易号",
		Returning:      "正在返回商家页面…",
		BackToMerchant: "返回商家",

		ClosedTitle: "付款已超时",
		ClosedHint:  "此笔付款未在规定时间内完成，未产生扣款。请返回商家重新下单。",

		DeclinedTitle:    "付款未成功",
		DeclinedHint:     "测试余额不足，未产生扣款。请返回商家重试。",
		CancelledTitle:   "付款已取消",
		CancelledHint:    "商家已取消此笔付款，已付金额已退回。",
		PendingTitle:     "付款处理中",
		PendingHint:      "资金将在沙箱时钟三分钟后到账，在此之前商家会收到处理中的通知。",
		LeftTitle:        "尚未付款",
		LeftHint:         "在截止时间之前，此笔付款仍可继续支付。",
		InsteadTitle:     "其他可能的结果",
		InsteadHint:      "仅沙箱提供以下按钮，用于检验您的系统如何处理。",
		Decline:          "拒绝付款",
		Leave:            "不付款并离开",
		PayLate:          "延迟到账",
		PayTooLate:       "超时后仍付款",
		PayTooLateHint:   "超时后的付款会立即退回。",
		GivenBack:        "付款已超时，款项已立即退回。",
		LandingInspector: "打开调试台",
		LandingControl:   "测试控制接口",
		Inspector:        "调试台",

		UnknownTitle: "未找到此笔付款",
		UnknownHint:  "链接有误，或沙箱已重新启动。",

		LandingTitle:       "本地支付宝沙箱",
		LandingLead:        "本沙箱模拟支付宝（AlipayCN 钱包）收银台支付的网关、收银台和支付结果通知。它只在本机运行，并非支付宝官方产品。",
		LandingStart:       "发起第一笔付款",
		LandingStartHint:   "以下程序发起同一个调用，并打印网关的返回结果和付款地址。",
		LandingStartRemote: "请在沙箱所在的机器上访问本页，以查看带签名的示例。",
		LandingKeys:        "密钥",
		LandingSandboxKey:  "沙箱公钥，密钥版本 %d，用于代替支付宝公钥。",
		LandingAddresses:   "地址",
		LandingGateway:     "网关，用于代替 https://open-na.alipay.com",
		LandingRecord:      "JSON 格式的全部交易，仅限本机访问",
		LandingHealth:      "沙箱启动后即可响应",
		LandingMerchant:    "商户",
		LandingMerchantKey: "签名私钥",
		LandingKeyVersion:  "密钥版本 %d",
		FrontPage:          "关于本沙箱",
		Copy:               "复制",
		Copied:             "已复制",
		LandingSDKs:        "官方 SDK 默认使用密钥版本 1，请按需设置。Java 和 Python SDK 不支持 http，可用 cashier sandbox --tls 同时提供 https。",

		SignTitle:                 "签名规则",
		SignLead:                  "请求、应答和通知的签名原文格式相同：方法、空格、路径、换行、client-id、句点、时间、句点，随后是逐字节的报文体。",
		SignMessage:               "报文",
		SignKey:                   "密钥",
		SignHow:                   "使用 RSASSA-PKCS1-v1_5 与 SHA-256 签名，结果经 base64 和百分号编码后放入报文头 signature：algorithm=RSA256,keyVersion=…,signature=… 请在解析之前，对收到的原始字节验签。",
		SignRequest:               "您的请求",
		SignRequestPath:           "调用的路径，含查询串",
		SignYours:                 "商户私钥",
		SignAnswer:                "应答",
		SignAnswerPath:            "所应答请求的路径",
		SignTheirs:                "沙箱私钥，请用沙箱公钥验签",
		SignNotification:          "通知",
		SignNotificationPath:      "通知地址的路径，含查询串；没有路径时为 /",
		SignNotificationPathAlone: "通知地址的路径，不含查询串；没有路径时为 /",
		SignAcknowledge:           "收到通知后，返回状态 200 和以下内容，无需签名：",
	},
}
