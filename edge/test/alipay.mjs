// A small gateway for tests, with signature code of its own: it creates payments and sends notifications.
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { createServer } from "node:http";

const algorithm = "RSA-SHA256";

export async function startAlipay({ clientId, merchantKey }) {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const payments = new Map(); // by paymentRequestId
  const calls = []; // every pay request that arrived
  const others = []; // every other request
  const refunds = new Map(); // by refundRequestId
  const behaviours = []; // what the next requests meet, instead of a payment
  const seal = (path, time, body, key = privateKey) =>
    `algorithm=RSA256,keyVersion=1,signature=${encodeURIComponent(sign(algorithm, Buffer.from(`POST ${path}\n${clientId}.${time}.${body}`), key).toString("base64"))}`;

  const server = createServer(async (request, response) => {
    const body = await text(request);
    const path = request.url;
    if (!path.startsWith("/ams/")) return response.end("the cashier");
    const signature = /signature=([^,]+)/.exec(request.headers.signature)?.[1] ?? "";
    const content = `POST ${path}\n${request.headers["client-id"]}.${request.headers["request-time"]}.${body}`;
    const genuine = verify(algorithm, Buffer.from(content), merchantKey, Buffer.from(decodeURIComponent(signature), "base64"));
    const order = JSON.parse(body);
    const call = path.split("/").at(-1);
    (call === "pay" ? calls : others).push({ path, order, body, genuine });
    const behaviour = call === "pay" ? behaviours.shift() : undefined;
    if (behaviour?.delay) await new Promise((resolve) => setTimeout(resolve, behaviour.delay));
    if (behaviour?.status) return response.writeHead(behaviour.status, { "content-type": "text/html" }).end("<h1>no</h1>");
    if (behaviour === "silent") return request.socket.destroy();
    const answer = genuine ? answers[call](order, behaviour) : { result: { resultStatus: "F", resultCode: "SIGNATURE_INVALID", resultMessage: "" } };
    const reply = JSON.stringify(answer);
    const time = "2026-04-01T12:00:00Z";
    response.setHeader("content-type", "application/json");
    response.setHeader("client-id", clientId);
    response.setHeader("response-time", time);
    if (behaviour !== "unsigned") response.setHeader("signature", seal(path, time, reply));
    response.end(reply);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;

  function pay(order, behaviour) {
    if (behaviour?.refuse) return { result: { resultStatus: "F", resultCode: behaviour.refuse, resultMessage: "" } };
    const { paymentRequestId, paymentAmount, paymentNotifyUrl, paymentRedirectUrl } = order;
    const payment = payments.get(paymentRequestId) ?? { paymentId: `id-${payments.size + 1}`, paymentAmount, paymentNotifyUrl, paymentRedirectUrl };
    payments.set(paymentRequestId, payment);
    return {
      paymentRequestId,
      paymentId: payment.paymentId,
      paymentAmount: payment.paymentAmount,
      paymentCreateTime: "2026-04-01T12:00:00+08:00",
      ...(behaviour?.query
        ? { normalUrl: `${origin}/alipaycn/pc/cashier?${behaviour.query}` }
        : {
            redirectActionForm: {
              method: behaviour?.method ?? "GET",
              redirectUrl: `${origin}/alipaycn/pc/cashier`,
              parameters: JSON.stringify({ paymentId: payment.paymentId, callback: paymentRedirectUrl }),
            },
          }),
      result: { resultStatus: "U", resultCode: "PAYMENT_IN_PROCESS", resultMessage: "payment in process" },
    };
  }

  const success = { resultStatus: "S", resultCode: "SUCCESS", resultMessage: "success" };
  const unknown = { result: { resultStatus: "F", resultCode: "ORDER_NOT_EXIST", resultMessage: "" } };
  const answers = {
    pay,
    inquiryPayment({ paymentRequestId, paymentId }) {
      const [id, payment] = [...payments].find(([id, p]) => p.paymentId === paymentId || id === paymentRequestId) ?? [];
      if (!payment) return unknown;
      const { paymentStatus = "PROCESSING", paymentAmount } = payment;
      return { result: success, paymentStatus, paymentRequestId: id, paymentId: payment.paymentId, paymentAmount, ...(paymentStatus === "SUCCESS" && { paymentTime: "2026-04-01T12:01:00+08:00", grossSettlementAmount: paymentAmount }) };
    },
    cancel({ paymentRequestId, paymentId }) {
      const [id, payment] = [...payments].find(([id, p]) => p.paymentId === paymentId || id === paymentRequestId) ?? [];
      if (!payment) return unknown;
      payment.paymentStatus = "CANCELLED";
      return { result: success, paymentRequestId: id, paymentId: payment.paymentId, cancelTime: "2026-04-01T12:05:00+08:00" };
    },
    refund({ refundRequestId, paymentId, refundAmount, refundNotifyUrl }) {
      const refund = refunds.get(refundRequestId) ?? { refundRequestId, paymentId, refundId: `refund-${refunds.size + 1}`, refundAmount, refundNotifyUrl };
      refunds.set(refundRequestId, refund);
      const { refundId } = refund;
      return { result: { resultStatus: "U", resultCode: "REFUND_IN_PROCESS", resultMessage: "" }, refundRequestId, refundId, paymentId, refundAmount };
    },
    inquiryRefund: () => unknown,
  };

  /** The notification of a refund, as headers and body. */
  function refundNotification(refundRequestId, members) {
    const { refundId, refundAmount, refundNotifyUrl } = refunds.get(refundRequestId);
    return message(new URL(refundNotifyUrl).pathname, {
      notifyType: "REFUND_RESULT",
      refundRequestId,
      refundId,
      refundAmount,
      refundStatus: "SUCCESS",
      refundTime: "2026-04-01T12:06:00+08:00",
      result: success,
      ...members,
    });
  }

  function message(path, members, key) {
    const body = JSON.stringify(members);
    const time = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    return { headers: { "content-type": "application/json", "client-id": clientId, "request-time": time, signature: seal(path, time, body, key) }, body };
  }

  /** The notification of a payment, as headers and body. */
  function notification(paymentRequestId, { path = "/notify", status = "S", key, ...members } = {}) {
    const payment = payments.get(paymentRequestId) ?? { paymentId: "id-0", paymentAmount: { currency: "USD", value: "100" } };
    return message(path, {
      notifyType: "PAYMENT_RESULT",
      paymentRequestId,
      paymentId: payment.paymentId,
      paymentAmount: payment.paymentAmount,
      paymentCreateTime: "2026-04-01T12:00:00+08:00",
      ...(status === "S" && { paymentTime: "2026-04-01T12:01:00+08:00", grossSettlementAmount: payment.paymentAmount }),
      result: { resultStatus: status, resultCode: status === "S" ? "SUCCESS" : "ORDER_IS_CLOSED", resultMessage: "" },
      ...members,
    }, key);
  }

  return {
    origin,
    publicKey: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    payments,
    refunds,
    calls,
    others,
    behaviours,
    notification,
    refundNotification,
    close: () => close(server),
  };
}

export async function text(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

export function close(server) {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
}
