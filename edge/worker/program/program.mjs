/** The Go program (edge/operator): the operator's API and the hourly watch over the shards. Shoppers never wake it. */
import program from "../../.build/operator.wasm";
import { core } from "../core.mjs";
import { problem } from "../respond.mjs";
import { bridge } from "./bridge.mjs";
import { Instance } from "./instance.mjs";
import { Busy, Pool } from "./pool.mjs";

const services = bridge(core);
const pool = new Pool({ start: () => new Instance(program, services), size: 4 });

/** What the pool has done, for tests. */
export const stats = () => pool.stats;

/**
 * Has the program answer a request.
 * @param {{method: string, url: string, headers: Record<string, string>}} head @param {Uint8Array} body
 * @param {object} env @param {ExecutionContext} ctx
 */
export async function serve(head, body, env, ctx) {
  // A lease goes on when the connection is lost: what an operator began is finished.
  const answer = pool.use((instance) => instance.serve(head, body, env, ctx));
  ctx.waitUntil(answer.catch(() => {}));
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Busy)) throw error;
    const response = problem(503, "BUSY", "too many requests at once; please try again in a moment");
    response.headers.set("Retry-After", "1");
    return response;
  }
}

/** Has the program do its work of the hour. */
export function scheduled(event, env, ctx) {
  return pool.use((instance) => instance.scheduled(event, env, ctx), { limit: 120_000, background: true });
}
