// What the pages after the checkout say, in both languages. A sentence about money ("nothing was charged") stands only
// with a result that Alipay has signed.

export const texts = {
  en: {
    order: "Order",
    amount: "Amount",
    pay: "Continue to Alipay",
    back: "Back to the shop",
    again: "Back to the checkout",
    lookAgain: "Check again",
    code: "Code",
    toCashier: "To Alipay",
    onTheWay: "You are being taken to Alipay’s page.",
    refused: "This cannot be paid as it is",
    trouble: "Something went wrong",
    missing: "Not found",
    payOnce: "If you have already paid, do not pay again.",
    triesAgain: "This page tries again by itself.",
    states: {
      STARTING: ["Connecting to Alipay", "This page moves on by itself."],
      PROCESSING: ["Waiting for your payment", "We have not heard from Alipay yet. If you have paid, this page shows it within moments."],
      PENDING: ["Payment on its way", "Alipay is still working on your payment. There is nothing more for you to do."],
      SUCCESS: ["Paid", "Alipay has confirmed your payment. Thank you."],
      FAIL: ["Not paid", "The payment did not go through and nothing was charged."],
      CANCELLED: ["Cancelled", "The payment was cancelled. What was paid is returned in full."],
      OPEN: ["Not paid yet", "This order has not been paid yet."],
      CONFLICT: ["The shop is looking into it", "Alipay has reported two different results of this payment. The shop has been told. Please do not pay again."],
    },
    problems: {
      NOT_FOUND: "There is nothing at this address.",
      FORM_NOT_OFFERED: "There is nothing to pay here. Start the payment in the shop.",
      PAYMENT_UNKNOWN: "There is no such payment.",
      ORDER_CHANGED: "A payment of this order was started with another amount. Go back to the shop and order again.",
      ORDER_IS_CLOSED: "Alipay has closed this order. Go back to the shop and order again.",
      ORDER_UNAVAILABLE: "The shop does not answer. Try again in a moment.",
      TOKEN_EXPIRED: "This order has expired. Go back to the shop and order again.",
      TOKEN: "This order could not be verified. Go back to the shop and order again.",
      INPUT_TOO_LARGE: "The entries are too long.",
      INPUT_TOO_SLOW: "Sending your entries took too long. Try again.",
      TOO_MANY_REQUESTS: "Too many attempts. Wait a minute, then try again.",
      BUSY: "Many people are paying right now. Try again in a moment.",
      INTERNAL: "Something went wrong on our side.",
      402: "Alipay cannot take this payment. Choose another way to pay.",
      400: "This order cannot be paid as it is. Ask the shop for help.",
      500: "This shop cannot take payments with Alipay at the moment.",
    },
  },
  "zh-CN": {
    order: "订单号",
    amount: "金额",
    pay: "前往支付宝付款",
    back: "返回商家",
    again: "返回收银台",
    lookAgain: "重新查询",
    code: "代码",
    toCashier: "前往支付宝",
    onTheWay: "正在前往支付宝页面。",
    refused: "无法付款",
    trouble: "出现问题",
    missing: "页面不存在",
    payOnce: "如果您已付款，请勿重复付款。",
    triesAgain: "页面会自动重试。",
    states: {
      STARTING: ["正在连接支付宝", "页面会自动更新。"],
      PROCESSING: ["等待付款", "尚未收到支付宝的结果。如果您已付款，页面稍后会自动更新。"],
      PENDING: ["付款处理中", "支付宝正在处理您的付款，无需其他操作。"],
      SUCCESS: ["付款成功", "支付宝已确认您的付款，谢谢。"],
      FAIL: ["付款未成功", "本次付款未成功，未扣款。"],
      CANCELLED: ["付款已取消", "付款已取消，已付金额将全额退回。"],
      OPEN: ["尚未付款", "此订单尚未付款。"],
      CONFLICT: ["商家正在核实", "支付宝对这笔付款给出了两种不同的结果，已通知商家核实。请勿重复付款。"],
    },
    problems: {
      NOT_FOUND: "此地址没有内容。",
      FORM_NOT_OFFERED: "此处没有待付款的订单，请在商家页面发起付款。",
      PAYMENT_UNKNOWN: "没有这笔付款。",
      ORDER_CHANGED: "此订单已以其他金额发起付款，请返回商家重新下单。",
      ORDER_IS_CLOSED: "支付宝已关闭此订单，请返回商家重新下单。",
      ORDER_UNAVAILABLE: "商家暂无响应，请稍后重试。",
      TOKEN_EXPIRED: "订单已过期，请返回商家重新下单。",
      TOKEN: "订单无法验证，请返回商家重新下单。",
      INPUT_TOO_LARGE: "填写内容过长。",
      INPUT_TOO_SLOW: "提交超时，请重试。",
      TOO_MANY_REQUESTS: "操作过于频繁，请一分钟后重试。",
      BUSY: "当前付款人数较多，请稍后重试。",
      INTERNAL: "系统出现问题。",
      402: "支付宝无法完成这笔付款，请选择其他付款方式。",
      400: "此订单无法付款，请联系商家。",
      500: "商家暂时无法使用支付宝收款。",
    },
  },
};

/**
 * What a shopper is told of a problem. The message that comes with its code is for developers: one that has no sentence
 * of its own here is told by the status of the answer.
 * @param {string} language @param {string} code @param {number} status
 */
export function sentence(language, code, status) {
  const { problems } = texts[language];
  const family = code.startsWith("TOKEN_") ? "TOKEN" : status === 402 ? 402 : status < 500 ? 400 : 500;
  return Object.hasOwn(problems, code) ? problems[code] : problems[family];
}

/** The first of the wishes that there are texts in: a form's choice, then the browser's list. */
export function languageOf(...wishes) {
  for (const wish of wishes.join(",").split(",")) {
    if (/^\s*zh\b/i.test(wish)) return "zh-CN";
    if (/^\s*en\b/i.test(wish)) return "en";
  }
  return "en";
}
