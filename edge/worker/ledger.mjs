/**
 * A shard of the ledger. It loads a record, has core.wasm advance it, stores it with what lists need, in one transaction, and
 * decides nothing. It calls nobody: effects go to the caller, or to Effects when the alarm rang.
 */
import { DurableObject } from "cloudflare:workers";
import { advance } from "./core.mjs";
import { answer } from "./ledger-http.mjs";
import * as lists from "./ledger-lists.mjs";
import { log, reason } from "./log.mjs";
import { retain } from "./retention.mjs";
import { migrate, readMeta, schemaVersion, writeMeta } from "./schema.mjs";
import { settings } from "./settings.mjs";
import { askShard } from "./shards.mjs";

/** How many orders the alarm sees to at once, and with how many calls under way it takes no more. */
const workPerRound = 50;
const mostUnderWay = 200;
/** Orders in one invocation of Effects: with six connections each has one at once. */
const perInvocation = 5;
/** How often the event due may fail, one after the other, until an order is set aside for a person. */
const mostFailures = 3;
const pause = 30_000;
/** As long as a call is claimed. */
const claim = 30_000;

export class Ledger extends DurableObject {
  /** The time for which the alarm is set, as far as this knows; null for none. */
  #alarmAt = null;
  /** Calls under way: by referenceOrderId, by the effect's id, what tells those who wait for them. */
  #underWay = new Map();
  /** Which shard this is, and of how many; and whether the oldest shard says the same. */
  #place = {};
  #agreed = false;
  #notifiedAt = 0;
  #alarmedAt = 0;
  #alarmError = "";
  #counts = {
    calls: { answered: 0, failed: 0, failedInARow: 0, answeredAt: 0 },
    deliveries: { delivered: 0, failed: 0, failedInARow: 0, deliveredAt: 0 },
  };

  constructor(ctx, env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      migrate(ctx.storage);
      this.#introduce();
      this.#notifiedAt = readMeta(ctx.storage, "notifiedAt") ?? 0;
      this.#alarmAt = await this.ringsAt();
      this.#arm();
    });
  }

  /** The clock in milliseconds since the epoch. */
  now() {
    return Date.now();
  }

  /** Sets the platform's alarm. */
  ring(at) {
    return this.ctx.storage.setAlarm(at);
  }

  /** When the platform's alarm rings; null when it is not set. */
  ringsAt() {
    return this.ctx.storage.getAlarm();
  }

  /** The name is not there in an alarm after a restart, so the number is kept. */
  #introduce() {
    const { storage, id } = this.ctx;
    const [, number] = /^ledger-(\d+)$/.exec(id.name ?? "") ?? [];
    if (readMeta(storage, "shard") === undefined && number !== undefined) {
      writeMeta(storage, "shard", Number(number));
      writeMeta(storage, "shards", settings(this.env).shards);
    }
    this.#place = { shard: readMeta(storage, "shard"), shards: readMeta(storage, "shards") };
    this.#agreed = this.#place.shard === 0 || readMeta(storage, "agreed") !== undefined;
  }

  /** The number of this shard, and of how many it was made to be one. */
  get place() {
    return this.#place;
  }

  /**
   * Another number of shards would look for an order where it is not, and begin it a second time. So each shard keeps the number
   * of its first day, and a new one asks the oldest before its first order.
   * @returns {Promise<object[]>} the problem
   */
  async #disagrees() {
    const { shards } = this.#place;
    let of = shards;
    if (!this.#agreed) {
      of = (await askShard(this.env, 0, (ledger) => ledger.shards())) ?? shards;
      if (of === shards) writeMeta(this.ctx.storage, "agreed", 1);
      this.#agreed = of === shards;
    }
    if (this.#agreed && this.#fits()) return [];
    log.error("LEDGER_SHARDS has changed", { ...this.#place, oldest: of, now: settings(this.env).shards });
    return [{ code: "LEDGER_SHARDS_CHANGED", path: "", message: `the ledger was made with ${of} shards: set LEDGER_SHARDS to ${of}` }];
  }

  #fits() {
    return settings(this.env).shards === this.#place.shards;
  }

  /** Of how many shards this is one. */
  shards() {
    return this.place.shards;
  }

  /**
   * Puts an event into a record.
   * @param {{referenceOrderId: string} | {paymentRequestId: string}} which the order
   * @param {object} event of advance
   * @param {object} [options]
   * @param {number} [options.wait] milliseconds to wait for calls about the order that others have begun, when this event begins none
   * @param {boolean} [options.readOnly] nothing is stored, and nothing comes of it
   * @param {boolean} [options.perform] the effects are done from here; they are not in the reply then
   * @param {string} [options.language] of the problems
   * @returns {Promise<{view: object, effects: object[], misfit?: string, referenceOrderId: string} | {errors: object[]} | undefined>}
   *   `view` has also Alipay's paymentId; undefined for an order that is not there; `errors` when the event is refused
   */
  async submit(which, event, { wait = 0, readOnly = false, perform = false, language } = {}) {
    if (event.type === "order" && !(this.#agreed && this.#fits())) {
      const errors = await this.#disagrees();
      if (errors.length > 0) return { errors };
    }
    let reply = event.type === "view" ? this.#look(which, event, { language, readOnly }) : this.#advance(which, event, { language, readOnly });
    if (!reply || reply.errors) return reply;
    const { referenceOrderId, changed } = reply;
    const effects = readOnly ? [] : reply.effects;
    if (perform) this.#handOver([{ referenceOrderId, effects }]);
    if (wait > 0 && (perform || effects.length === 0) && (await this.#callsEnd(referenceOrderId, wait))) {
      reply = this.#advance({ referenceOrderId }, { type: "view" }, { language, readOnly: true });
    }
    const { view, misfit, record, summary } = reply;
    const { paymentId } = record.attempts?.find((attempt) => attempt.paymentRequestId === view.paymentRequestId) ?? {};
    const whole = perform ? { record, summary, changed } : {};
    return { view: { ...view, paymentId }, effects: perform ? [] : effects, misfit, referenceOrderId, ...whole };
  }

  /**
   * Keeps a notification that Alipay has signed. When this returns it may be acknowledged.
   * @param {{paymentRequestId: string} | {refundRequestId: string}} which the order
   * @param {object} read the reply of read_notification
   * @param {{stray?: boolean}} [options] `stray` keeps it for a person when the order is not here
   * @returns {Promise<{effects: object[], referenceOrderId: string, misfit?: string} | {stray: string} | {errors: object[]} | undefined>}
   */
  async notified(which, read, { stray = true } = {}) {
    this.#heard();
    const reply = this.#advance(which, { type: "notification", notification: { ...read, errors: [] } }, {});
    if (reply && !reply.errors) return { effects: reply.effects, referenceOrderId: reply.referenceOrderId, misfit: reply.misfit };
    if (!reply && !stray) return undefined;
    const code = reply ? reply.errors[0].code : "PAYMENT_UNKNOWN";
    lists.keepStray(this.ctx.storage.sql, { at: this.now(), code, notification: JSON.stringify(read.notification) });
    return reply ? { errors: reply.errors } : { stray: code };
  }

  /** Remembers, once a minute, that Alipay's notifications arrive. */
  #heard() {
    const now = this.now();
    if (now - this.#notifiedAt < 60_000) return;
    this.#notifiedAt = now;
    writeMeta(this.ctx.storage, "notifiedAt", now);
  }

  /** Remembers a notification that Alipay has signed and that was refused, because something here is configured wrongly. */
  refused(code) {
    writeMeta(this.ctx.storage, "refused", JSON.stringify({ code, at: this.now() }));
  }

  /** The event `due` of all orders whose time has come, as many as there is room for. */
  async alarm() {
    this.#alarmAt = null;
    let notBefore = 0;
    try {
      this.#alarmedAt = this.now();
      this.#alarmError = "";
      if (!this.#round()) notBefore = this.now() + 1000;
    } catch (error) {
      // The platform would try six times and then forget the alarm.
      this.#alarmError = reason(error);
      log.error("the alarm failed", { shard: this.place.shard, error: reason(error) });
      notBefore = this.now() + pause;
    } finally {
      this.#arm(notBefore);
    }
  }

  /** @returns {boolean} false when there was no room */
  #round() {
    const room = mostUnderWay - this.#countUnderWay();
    if (room <= 0) return false;
    const due = lists.due(this.ctx.storage.sql, this.now(), Math.min(workPerRound, room));
    const orders = [];
    for (const referenceOrderId of due) {
      try {
        const { effects, errors, dueAt } = this.#advance({ referenceOrderId }, { type: "due" }, {});
        if (errors) throw new Error(`${errors[0].code} at ${errors[0].path}`);
        if (dueAt !== null && dueAt <= this.now()) throw new Error("the event due changed nothing");
        if (effects.length > 0) orders.push({ referenceOrderId, effects });
      } catch (error) {
        this.#failed(referenceOrderId, error);
      }
    }
    this.#handOver(orders);
    retain(this.ctx.storage, { now: this.now(), days: settings(this.env).retentionDays });
    return true;
  }

  /** An order that fails again and again is set aside, so that it starves no other. */
  #failed(referenceOrderId, error) {
    const { failures } = lists.countFailure(this.ctx.storage.sql, referenceOrderId, {
      now: this.now(), pause, most: mostFailures, failure: reason(error),
    });
    log.error(failures >= mostFailures ? "an order was set aside" : "an order failed", { referenceOrderId, failures, error: reason(error) });
  }

  /** Has effects done outside of this object. Nobody waits for them here: their results come as events. */
  #handOver(orders) {
    const { shard } = this.place;
    for (let at = 0; at < orders.length; at += perInvocation) {
      const part = orders.slice(at, at + perInvocation).filter(({ effects }) => effects.length > 0);
      if (part.length === 0) continue;
      // What is lost here is given again when it is due.
      this.ctx.waitUntil(
        this.ctx.exports.Effects.perform(shard, part).catch((error) => log.error("effects failed", { shard, error: reason(error) })),
      );
    }
  }

  /** A page that cannot be remembered can still be shown. */
  #look(which, event, options) {
    try {
      return this.#advance(which, event, options);
    } catch (error) {
      log.error("a look was not stored", { ...this.place, error: reason(error) });
      return this.#advance(which, event, { ...options, readOnly: true });
    }
  }

  /** Load, advance, store: nothing comes between, and a throw leaves everything as it was. */
  #advance(which, event, { language, readOnly = false }) {
    const { storage } = this.ctx;
    const { config } = settings(this.env);
    const now = this.now();
    const reply = storage.transactionSync(() => {
      const row = lists.load(storage.sql, which);
      if (!row && event.type !== "order") return undefined;
      const { errors, ...reply } = advance({ config, now, record: row?.record, event, language });
      if (errors.length > 0) return { errors };
      if (!readOnly && (reply.changed || (event.type === "due" && row.dueAt !== reply.dueAt))) lists.store(storage.sql, row, reply);
      return reply;
    });
    if (!reply || reply.errors) return reply;
    reply.referenceOrderId = reply.summary.referenceOrderId;
    if (readOnly) return reply;
    this.#track(reply.referenceOrderId, event, reply.effects, now);
    if (reply.changed) this.#armFor(reply.dueAt);
    return reply;
  }

  /** Keeps in mind which calls are under way, for those who wait for them. */
  #track(referenceOrderId, event, effects, now) {
    this.#count(event, now);
    if (event.type === "answer" || event.type === "no-answer") {
      const calls = this.#underWay.get(referenceOrderId);
      calls?.get(event.id)?.resolve();
      calls?.delete(event.id);
      if (calls?.size === 0) this.#underWay.delete(referenceOrderId);
    }
    for (const { type, id } of effects) {
      if (type !== "call") continue;
      const calls = this.#underWay.get(referenceOrderId) ?? new Map();
      this.#underWay.set(referenceOrderId, calls);
      let resolve;
      const ended = new Promise((done) => (resolve = done));
      calls.set(id, { resolve, ended, at: now });
    }
  }

  #count(event, now) {
    const { calls, deliveries } = this.#counts;
    switch (event.type) {
      case "answer":
        Object.assign(calls, { answered: calls.answered + 1, failedInARow: 0, answeredAt: now });
        break;
      case "no-answer":
        Object.assign(calls, { failed: calls.failed + 1, failedInARow: calls.failedInARow + 1 });
        break;
      case "delivered":
        Object.assign(deliveries, { delivered: deliveries.delivered + 1, failedInARow: 0, deliveredAt: now });
        break;
      case "undelivered":
        Object.assign(deliveries, { failed: deliveries.failed + 1, failedInARow: deliveries.failedInARow + 1 });
    }
  }

  #countUnderWay() {
    const lost = this.now() - claim;
    let count = 0;
    for (const [referenceOrderId, calls] of this.#underWay) {
      for (const [id, { at, resolve }] of calls) {
        if (at > lost) count++;
        else calls.delete(id), resolve(); // nothing is known of it; advance plans again
      }
      if (calls.size === 0) this.#underWay.delete(referenceOrderId);
    }
    return count;
  }

  /** @returns {Promise<boolean>} whether there was anything to wait for */
  async #callsEnd(referenceOrderId, wait) {
    const calls = [...(this.#underWay.get(referenceOrderId)?.values() ?? [])];
    if (calls.length === 0) return false;
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, wait)));
    await Promise.race([Promise.all(calls.map(({ ended }) => ended)), late]);
    clearTimeout(timer);
    return true;
  }

  #armFor(dueAt) {
    if (dueAt === null || (this.#alarmAt !== null && this.#alarmAt <= dueAt)) return;
    this.#alarmAt = dueAt;
    this.ring(dueAt);
  }

  /** Sets the alarm for what is due first, unless it is set for then or before. */
  #arm(notBefore = 0) {
    const { storage } = this.ctx;
    const next = [lists.earliest(storage.sql), readMeta(storage, "retainAt")].filter((at) => at !== undefined && at !== null);
    if (next.length > 0) this.#armFor(Math.max(notBefore, Math.min(...next)));
  }

  /** What the operator should know of this shard (LEDGER.md). Sets the alarm when the platform has lost it. */
  async status() {
    const { storage } = this.ctx;
    const now = this.now();
    const alarmAt = await this.ringsAt();
    const { outstanding, overdue, oldestDueAt, ...counts } = lists.counts(storage.sql, now);
    const rearmed = alarmAt === null && outstanding > 0;
    if (rearmed) {
      log.error("the alarm was lost and is set again", { ...this.place, outstanding });
      this.#alarmAt = null;
      this.#arm();
    }
    const refused = readMeta(storage, "refused");
    return {
      ...this.place, schema: schemaVersion, now, bytes: storage.sql.databaseSize,
      ...counts, outstanding, overdue, oldestDueAt,
      alarmAt: rearmed ? this.#alarmAt : alarmAt, rearmed, alarmedAt: this.#alarmedAt, alarmError: this.#alarmError,
      setAside: lists.setAside(storage.sql), notifiedAt: this.#notifiedAt, refused: refused ? JSON.parse(refused) : null,
      ...this.#counts,
    };
  }

  /** An order as it is stored, with its view; undefined if there is no such order. */
  read(referenceOrderId) {
    const reply = this.#advance({ referenceOrderId }, { type: "view" }, { readOnly: true });
    if (!reply || reply.errors) return reply;
    const { record, view } = reply;
    return { record, view, summary: lists.summaryOf(this.ctx.storage.sql, referenceOrderId) };
  }

  /** Gives an order that was set aside its place in the plan back. */
  retry(referenceOrderId) {
    if (!lists.putBack(this.ctx.storage.sql, referenceOrderId, this.now())) return undefined;
    this.#alarmAt = null;
    this.#arm();
    return lists.summaryOf(this.ctx.storage.sql, referenceOrderId);
  }

  /** The tables, for the lists of the internal HTTP interface. */
  get sql() {
    return this.ctx.storage.sql;
  }

  fetch(request) {
    return answer(this, request);
  }
}
