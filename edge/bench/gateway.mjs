// A gateway that answers at once, and the shop that takes every message: a process of its own.
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { seal } from "./seal.mjs";

const self = fileURLToPath(import.meta.url);

/** @param {{clientId: string, alipayKey: string, delay?: number}} options the key in PEM, and milliseconds that each answer takes */
export async function startGateway({ clientId, alipayKey, delay = 0 }) {
  const child = fork(self, { env: { ...process.env, GATEWAY: JSON.stringify({ clientId, alipayKey, delay }) } });
  const [port] = await once(child, "message");
  return {
    origin: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill();
      await once(child, "exit");
    },
  };
}

if (process.argv[1] === self && process.send) {
  process.once("disconnect", () => process.exit()); // never outlives the benchmark
  const { clientId, alipayKey, delay } = JSON.parse(process.env.GATEWAY);
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      if (request.url === "/webhook") return response.end();
      const { paymentRequestId, paymentAmount } = JSON.parse(Buffer.concat(chunks));
      const { headers, body } = answer(request.url, paymentRequestId, paymentAmount);
      const end = () => response.writeHead(200, headers).end(body);
      if (delay > 0) setTimeout(end, delay);
      else end();
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1", () => process.send(server.address().port));

  function answer(path, paymentRequestId, paymentAmount) {
    const body = JSON.stringify({
      paymentRequestId,
      paymentId: `2026${paymentRequestId}`.slice(0, 64),
      paymentAmount,
      paymentCreateTime: "2026-04-01T12:00:00+08:00",
      redirectActionForm: {
        method: "GET",
        redirectUrl: "https://open-na.alipay.com/alipaycn/pc/cashier",
        parameters: JSON.stringify({ biz_no: paymentRequestId, sign: "a".repeat(344), sign_type: "RSA2" }),
      },
      result: { resultStatus: "U", resultCode: "PAYMENT_IN_PROCESS", resultMessage: "payment in process" },
    });
    const time = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    const headers = {
      "content-type": "application/json; charset=UTF-8",
      "content-length": Buffer.byteLength(body),
      "client-id": clientId,
      "response-time": time,
      signature: seal({ path, clientId, time, body, key: alipayKey }),
    };
    return { headers, body };
  }
}
