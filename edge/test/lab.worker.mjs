// The Worker with a clock that can be moved and shards that can be reached: all else is as it is deployed.
import worker, { Effects, Ledger as Deployed } from "../worker/worker.mjs";

export { Effects };

let ahead; // milliseconds, for all objects of this isolate; LAB_AHEAD from its start

export class Ledger extends Deployed {
  get #ahead() {
    return (ahead ??= Number(this.env.LAB_AHEAD ?? 0));
  }

  now() {
    return Date.now() + this.#ahead;
  }

  ring(at) {
    return super.ring(at - this.#ahead);
  }

  async ringsAt() {
    const at = await super.ringsAt();
    return at === null ? null : at + this.#ahead;
  }

  /** The alarm, now. */
  turn() {
    return this.alarm();
  }

  exec(sql) {
    return this.ctx.storage.sql.exec(sql).toArray();
  }

  lose() {
    return this.ctx.storage.deleteAlarm();
  }

  abort() {
    this.ctx.abort("as a test wants it");
  }
}

export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    const [, place, shard, what, rest = ""] = /^\/(lab)\/(\d+)\/(\w+)(\/.*)?$/.exec(url.pathname) ?? [];
    if (!place) return worker.fetch(request, env, ctx);
    const ledger = env.LEDGER.get(env.LEDGER.idFromName(`ledger-${shard}`));
    if (what === "clock") return Response.json((ahead = Number(await request.text())));
    if (what === "ask") return ledger.fetch(new Request(`https://ledger${rest}${url.search}`, request));
    try {
      return Response.json((await ledger[what](await request.text())) ?? null);
    } catch (error) {
      return Response.json({ error: error.message }, { status: 500 });
    }
  },
};
