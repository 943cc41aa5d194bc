// A small gateway for tests, with signature code of its own: it creates payments and sends notifications.
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { createServer } from "node:http";

const algorithm = "RSA-SHA256";

export async function startAlipay({ clientId, merchantKey }) {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const payments = new Map(); // by paymentRequestId
  const calls = []; // every pay request that arrived
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
    calls.push({ path, order, body, genuine });
    const behaviour = behaviours.shift();
    if (behaviour === "silent") return request.socket.destroy();
    const answer = genuine ? pay(order, behaviour) : { result: { resultStatus: "F", resultCode: "SIGNATURE_INVALID", resultMessage: "" } };
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
      redirectActionForm: {
        method: behaviour?.method ?? "GET",
        redirectUrl: `${origin}/alipaycn/pc/cashier`,
        parameters: JSON.stringify({ paymentId: payment.paymentId, callback: paymentRedirectUrl }),
      },
      result: { resultStatus: "U", resultCode: "PAYMENT_IN_PROCESS", resultMessage: "payment in process" },
    };
  }

  /** The notification of a payment, as headers and body. */
  function notification(paymentRequestId, { path = "/notify", status = "S", key, ...members } = {}) {
    const payment = payments.get(paymentRequestId) ?? { paymentId: "id-0", paymentAmount: { currency: "USD", value: "100" } };
    const body = JSON.stringify({
      notifyType: "PAYMENT_RESULT",
      paymentRequestId,
      paymentId: payment.paymentId,
      paymentAmount: payment.paymentAmount,
      paymentCreateTime: "2026-04-01T12:00:00+08:00",
      ...(status === "S" && { paymentTime: "2026-04-01T12:01:00+08:00", grossSettlementAmount: payment.paymentAmount }),
      result: { resultStatus: status, resultCode: status === "S" ? "SUCCESS" : "ORDER_IS_CLOSED", resultMessage: "" },
      ...members,
    });
    const time = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    return { headers: { "content-type": "application/json", "client-id": clientId, "request-time": time, signature: seal(path, time, body, key) }, body };
  }

  return {
    origin,
    publicKey: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    payments,
    calls,
    behaviours,
    notification,
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
