package sandbox

// phrases are the words of the pages in one language.
type phrases struct {
	Cashier, Sandbox, SandboxNotice, Language                       string
	Payee, Order, OrderNumber, Amount, TimeLeft                     string
	ScanTitle, ScanHint, CodeLabel                                  string
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
	FrontPage                                                       string
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

		ScanTitle: "Scan to pay",
		ScanHint:  "Scan with a phone that can reach this computer.",
		CodeLabel: "QR code that opens this payment on a phone",

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
		LandingInspector: "the inspector: every payment, drawn in time",
		LandingControl:   "the control API, for tests",
		Inspector:        "Inspector",

		UnknownTitle: "There is no such payment",
		UnknownHint:  "The link is wrong, or the sandbox was started anew since it was made.",

		LandingTitle:       "Alipay on your desk",
		LandingLead:        "This sandbox plays Alipay for Cashier Payment with the AlipayCN wallet: the gateway, the cashier and the notifications. It runs on this machine alone and is not made by Alipay.",
		LandingStart:       "Make a first payment",
		LandingStartHint:   "Copy this into a shell. It prints the answer of the gateway and the address to pay at.",
		LandingStartRemote: "Visit this page on the sandbox's own machine to see a signed example.",
		LandingKeys:        "Keys",
		LandingSandboxKey:  "Public key of the sandbox, key version %d. It takes the place of Alipay's public key.",
		LandingAddresses:   "Addresses",
		LandingGateway:     "the gateway, in place of https://open-na.alipay.com",
		LandingRecord:      "the same as JSON, for this machine only",
		LandingHealth:      "answers as soon as the sandbox is up",
		LandingMerchant:    "Merchant",
		LandingMerchantKey: "private key to sign with",
		LandingKeyVersion:  "key version %d",
		FrontPage:          "About this sandbox",
	},
	chinese: {
		Cashier:       "收银台",
		Sandbox:       "沙箱",
		SandboxNotice: "当前为沙箱环境，不会产生真实扣款。",
		Language:      "语言",

		Payee:       "收款方",
		Order:       "商品说明",
		OrderNumber: "商户订单号",
		Amount:      "付款金额",
		TimeLeft:    "剩余付款时间",

		ScanTitle: "扫码付款",
		ScanHint:  "请使用可访问本机的手机扫码。",
		CodeLabel: "在手机上打开此笔付款的二维码",

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
		InsteadHint:      "仅沙箱提供以下按钮，用于检验商家系统的处理。",
		Decline:          "拒绝付款",
		Leave:            "不付款并离开",
		PayLate:          "延迟到账",
		PayTooLate:       "超时后仍付款",
		PayTooLateHint:   "超时后的付款会立即退回。",
		GivenBack:        "付款已超时，款项已立即退回。",
		LandingInspector: "检查器：按时间绘制的每一笔付款",
		LandingControl:   "供测试使用的控制接口",
		Inspector:        "检查器",

		UnknownTitle: "未找到此笔付款",
		UnknownHint:  "链接有误，或沙箱已重新启动。",

		LandingTitle:       "桌面上的支付宝沙箱",
		LandingLead:        "本沙箱模拟支付宝（AlipayCN 钱包）收银台支付的网关、收银台和支付结果通知。它只在本机运行，并非支付宝官方产品。",
		LandingStart:       "发起第一笔付款",
		LandingStartHint:   "将以下内容复制到命令行中运行，即可看到网关的返回结果和付款地址。",
		LandingStartRemote: "请在沙箱所在的机器上访问本页，以查看带签名的示例。",
		LandingKeys:        "密钥",
		LandingSandboxKey:  "沙箱公钥，密钥版本 %d，用于代替支付宝公钥。",
		LandingAddresses:   "地址",
		LandingGateway:     "网关，用于代替 https://open-na.alipay.com",
		LandingRecord:      "JSON 格式的同样内容，仅限本机访问",
		LandingHealth:      "沙箱启动后即可响应",
		LandingMerchant:    "商户",
		LandingMerchantKey: "签名私钥",
		LandingKeyVersion:  "密钥版本 %d",
		FrontPage:          "关于本沙箱",
	},
}
