/** Receives what Alipay sends about payments and refunds, and prints it: node notifications.mjs */

import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { CashierError, verifyNotification } from "@edgecashier/core/server";
import { options, port } from "./shop.mjs";

const { core, config, keys } = options;

async function receive(request) {
  const body = await buffer(request); // the raw bytes: what was parsed cannot be verified. Limit them in front of a real server
  const { notification, state, acknowledgement } = await verifyNotification({ core, config, keys, path: request.url, headers: request.headers, body });
  // Here it is stored, before it is acknowledged. It may come again: deliver once for each payment or refund, and only after
  // comparing the amount with the order (match of "@edgecashier/core" does that).
  const { notifyType, paymentRequestId, refundRequestId } = notification;
  console.log(JSON.stringify({ notifyType, paymentRequestId, refundRequestId, state }));
  return acknowledgement;
}

const server = createServer(async (request, response) => {
  try {
    const acknowledgement = await receive(request);
    // A notification of a type that is not known has none; Alipay sends it again.
    response.writeHead(acknowledgement === undefined ? 501 : 200, { "content-type": "application/json" }).end(acknowledgement);
  } catch (error) {
    if (!(error instanceof CashierError)) console.error(error);
    // Without the reason, from which a forger could learn.
    response.writeHead(error.status ?? 500).end();
  }
});

server.listen(port, "127.0.0.1", () => console.log(`Listening on http://127.0.0.1:${server.address().port}/notify`));
