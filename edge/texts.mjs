// What the pages after the checkout say, in both languages.

export const texts = {
  en: {
    order: "Order",
    amount: "Amount",
    pay: "Continue to Alipay",
    back: "Back to the shop",
    again: "Back to the checkout",
    toCashier: "To Alipay",
    onTheWay: "You are being taken to Alipay’s page.",
    refused: "This cannot be paid as it is",
    trouble: "Something went wrong",
    missing: "Not found",
    states: {
      STARTING: ["Connecting to Alipay", "Nothing was charged yet. This page moves on by itself."],
      PROCESSING: ["Waiting for your payment", "We have not heard from Alipay yet. If you have paid, this page shows it within moments."],
      PENDING: ["Payment on its way", "Alipay is still working on your payment. There is nothing more for you to do."],
      SUCCESS: ["Paid", "Alipay has confirmed your payment. Thank you."],
      FAIL: ["Not paid", "The payment did not go through and nothing was charged."],
      CANCELLED: ["Cancelled", "The payment was cancelled. What was paid is returned in full."],
    },
  },
  "zh-CN": {
    order: "订单号",
    amount: "金额",
    pay: "前往支付宝付款",
    back: "返回商家",
    again: "返回收银台",
    toCashier: "前往支付宝",
    onTheWay: "正在前往支付宝页面。",
    refused: "无法付款",
    trouble: "出现问题",
    missing: "页面不存在",
    states: {
      STARTING: ["正在连接支付宝", "尚未扣款，页面会自动更新。"],
      PROCESSING: ["等待付款", "尚未收到支付宝的结果。如果您已付款，页面稍后会自动更新。"],
      PENDING: ["付款处理中", "支付宝正在处理您的付款，无需其他操作。"],
      SUCCESS: ["付款成功", "支付宝已确认您的付款，谢谢。"],
      FAIL: ["付款未成功", "本次付款未成功，未扣款。"],
      CANCELLED: ["付款已取消", "付款已取消，已付金额将全额退回。"],
    },
    // By code; a problem that is not here keeps its English sentence.
    problems: {
      NOT_FOUND: "此地址没有内容。",
      PAYMENT_UNKNOWN: "没有这笔付款。",
      ORDER_CHANGED: "此订单已以其他金额发起付款，请返回商家重新下单。",
      ORDER_IS_CLOSED: "支付宝已关闭此订单。",
      ORDER_UNAVAILABLE: "商家暂无响应，请稍后重试。",
      TOKEN_EXPIRED: "订单已过期，请返回商家重新下单。",
      TOKEN_SIGNATURE: "订单无法验证，请返回商家重新下单。",
      INPUT_TOO_LARGE: "填写内容过长。",
      TOO_MANY_REQUESTS: "操作过于频繁，请一分钟后重试。",
      INPUT_TOO_SLOW: "提交超时，请重试。",
      BUSY: "当前访问人数过多，请稍后重试。",
      INTERNAL: "系统出现问题，尚未扣款。",
    },
  },
};

/** The first of the wishes that there are texts in: a form's choice, then the browser's list. */
export function languageOf(...wishes) {
  for (const wish of wishes.join(",").split(",")) {
    if (/^\s*zh\b/i.test(wish)) return "zh-CN";
    if (/^\s*en\b/i.test(wish)) return "en";
  }
  return "en";
}
