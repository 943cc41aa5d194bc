// The way from the Worker to the shop, which loses messages and answers and brings some messages twice at once.
import { createServer, request } from "node:http";
import { choose } from "./chance.mjs";

const trouble = { none: 70, "the message is lost": 6, "the answer is lost": 12, "it comes twice at once": 12 };

/**
 * @param {{to: string, seed: number}} options `to` is the shop's origin
 * @returns {Promise<{origin: string, counts: Record<string, number>, calm: () => void, close: () => Promise<void>}>}
 */
export async function openWire({ to, seed }) {
  const counts = {};
  const seen = new Map(); // deliveries by webhook-id
  let calm = false;
  const server = createServer(async (incoming, outgoing) => {
    const body = Buffer.concat(await incoming.toArray());
    const id = incoming.headers["webhook-id"];
    const times = (seen.get(id) ?? 0) + 1;
    seen.set(id, times);
    const what = calm ? "none" : choose(trouble, seed, "wire", id, times);
    counts[what] = (counts[what] ?? 0) + 1;
    const deliver = () => pass(to + incoming.url, incoming.headers, body);
    try {
      if (what === "the message is lost") return void outgoing.destroy();
      const [answer] = await Promise.all(what === "it comes twice at once" ? [deliver(), deliver()] : [deliver()]);
      if (what === "the answer is lost") return void outgoing.destroy();
      outgoing.writeHead(answer).end();
    } catch {
      outgoing.destroy(); // the shop is dead
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    counts,
    calm: () => (calm = true),
    close: () => new Promise((done) => server.close(done) && server.closeAllConnections()),
  };
}

/** The status of the shop's answer to one delivery. */
function pass(url, headers, body) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", headers, agent: false }, (answer) => {
      answer.resume().once("end", () => resolve(answer.statusCode));
    });
    sent.once("error", reject);
    sent.setTimeout(15_000, () => sent.destroy(new Error("no answer")));
    sent.end(body);
  });
}
