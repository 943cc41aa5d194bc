// What a payment reads and writes in its shard: the statements of the ledger, counted as the platform counts them.
import { DurableObject } from "cloudflare:workers";
import { advance } from "../worker/core.mjs";
import * as lists from "../worker/ledger-lists.mjs";
import { migrate } from "../worker/schema.mjs";

export class Rows extends DurableObject {
  /** @returns {{statements: number, read: number, written: number}[]} for each event */
  count(config, events) {
    const { storage } = this.ctx;
    migrate(storage);
    let counted;
    const sql = {
      exec(...args) {
        const cursor = storage.sql.exec(...args);
        const rows = cursor.toArray();
        counted.statements++;
        counted.read += cursor.rowsRead;
        counted.written += cursor.rowsWritten;
        return { toArray: () => rows, one: () => rows[0] };
      },
    };
    const now = Date.now();
    return events.map((event, i) => {
      counted = { event: event.type, statements: 0, read: 0, written: 0 };
      storage.transactionSync(() => {
        const row = lists.load(sql, { referenceOrderId: "order-1" });
        const { errors, ...reply } = advance({ config, now: now + i * 1000, record: row?.record, event });
        if (errors.length > 0) throw new Error(JSON.stringify(errors));
        if (reply.changed) lists.store(sql, row, reply);
      });
      return counted;
    });
  }
}

export default {
  async fetch(request, env) {
    const { config, events } = await request.json();
    return Response.json(await env.ROWS.get(env.ROWS.idFromName("rows")).count(config, events));
  },
};
