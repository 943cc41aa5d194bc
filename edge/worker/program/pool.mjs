// A pool of Go instances. An instance serves one request at a time: Go's timers, promises and streams belong to
// the request in which they were made, so a second request on the same instance would lose its own when the
// first one ends. The pool knows nothing of Go or wasm; it is given `start`, and an instance tells it whether it is `usable` and
// not `full`.
//
// Leases are of two kinds: of requests, which anybody can send in any number, and of work behind the scenes (the
// cron), which must go on whatever the requests do, and they whatever it does. So neither may have every instance.

/** Thrown when every instance is busy and stays so: the caller answers 503. */
export class Busy extends Error {
  name = "Busy";
}

export class Pool {
  #start;
  #size;
  #most;
  #leases;
  #limit;
  #wait;
  #queue;
  /** Idle instances, last in first out, so that a quiet Worker keeps few of them warm. */
  #idle = [];
  /** Busy instances, the time by which their lease must be over, and whether it is of work behind the scenes. */
  #busy = new Map();
  #waiting = [];
  #stats = { started: 0, dropped: 0, retired: 0, leases: 0, refused: 0 };

  /**
   * @param {object} options
   * @param {() => object} options.start makes an instance; called inside a request
   * @param {number} [options.size] most instances at once: 8 × about 12 MB stay well inside an isolate's 128 MB
   * @param {number} [options.requests] most instances that requests may have, and
   * @param {number} [options.background] most that work behind the scenes may have; each leaves some to the other
   * @param {number} [options.leases] leases after which an instance retires, since the Go bindings leak a little on each
   * @param {number} [options.limit] milliseconds a lease may last
   * @param {number} [options.wait] milliseconds a request waits for an instance
   * @param {number} [options.queue] most requests waiting; work behind the scenes, which the platform bounds, is not counted
   */
  constructor({ start, size = 8, requests = Math.max(1, size - 1), background = Math.max(1, size - 3), leases = 2000, limit = 25_000, wait = 10_000, queue = 256 }) {
    this.#start = start;
    this.#size = size;
    this.#most = { requests, background };
    this.#leases = leases;
    this.#limit = limit;
    this.#wait = wait;
    this.#queue = queue;
  }

  /** Counters for /healthz and for tests. */
  get stats() {
    const memory = [...this.#idle, ...this.#busy.keys()].reduce((sum, instance) => sum + (instance.memory ?? 0), 0);
    return { ...this.#stats, idle: this.#idle.length, busy: this.#busy.size, waiting: this.#waiting.length, memory };
  }

  /**
   * Leases an instance to `work` and returns what `work` returns. The lease ends when `work` has ended, so `work`
   * must not return anything that the instance still produces. An instance whose work threw, that died or
   * that outlived the limit is dropped; nobody else ever sees it.
   *
   * @template T
   * @param {(instance: any) => Promise<T>} work
   * @param {{limit?: number, background?: boolean}} [options] milliseconds this lease may last (as long may work behind the
   *   scenes wait for it), and whether it is of such work
   * @returns {Promise<T>}
   */
  async use(work, { limit = this.#limit, background = false } = {}) {
    const instance = await this.#acquire(limit, background);
    this.#stats.leases++;
    instance.leases = (instance.leases ?? 0) + 1;
    let timer;
    let done = false;
    try {
      const overdue = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error("the lease is over")), limit);
      });
      const result = await Promise.race([work(instance), overdue]);
      done = true;
      return result;
    } finally {
      clearTimeout(timer);
      this.#release(instance, done);
    }
  }

  async #acquire(limit, background) {
    const deadline = Date.now() + (background ? Math.min(limit, 2 * this.#wait) : this.#wait);
    for (;;) {
      const instance = this.#take(limit, background);
      if (instance) return instance;
      const left = deadline - Date.now();
      if (left <= 0 || (!background && this.#waiting.filter((other) => !other.background).length >= this.#queue)) {
        this.#stats.refused++;
        throw new Busy("every instance is busy");
      }
      // The timer is more than a deadline: a request that waits for nothing but another request's promise has no
      // pending work of its own, and the runtime would end it as hung.
      let waiter;
      let timer;
      await new Promise((resolve) => {
        waiter = { wake: resolve, background, deadline };
        timer = setTimeout(resolve, left);
        this.#waiting.push(waiter);
      });
      clearTimeout(timer);
      this.#waiting = this.#waiting.filter((other) => other !== waiter);
    }
  }

  #take(limit, background) {
    if (!this.#room(background)) this.#reclaim();
    if (!this.#room(background)) return undefined;
    const instance = this.#idle.pop() ?? this.#grow();
    // The second limit is for leases whose request was ended from outside: their `finally` never runs.
    if (instance) this.#busy.set(instance, { deadline: Date.now() + 2 * limit, background });
    return instance;
  }

  #room(background) {
    let same = 0;
    for (const lease of this.#busy.values()) if (lease.background === background) same++;
    return this.#busy.size < this.#size && same < (background ? this.#most.background : this.#most.requests);
  }

  #reclaim() {
    const now = Date.now();
    for (const [instance, { deadline }] of this.#busy) {
      if (deadline < now) this.#drop(instance);
    }
  }

  #grow() {
    const instance = this.#start();
    this.#stats.started++;
    return instance;
  }

  #release(instance, done) {
    // A lease that was given up as lost and yet came to its end has no place to return to.
    if (!this.#busy.delete(instance)) return;
    if (!done || !instance.usable) {
      this.#drop(instance);
    } else if (instance.leases >= this.#leases || instance.full) {
      this.#stats.retired++;
      instance.close?.();
    } else {
      this.#idle.push(instance);
    }
    this.#wakeNext();
  }

  // Work behind the scenes first; of each kind the one that waits longest. One whose request was ended from outside is past
  // its time and never woken: the instance would wait with it.
  #wakeNext() {
    const now = Date.now();
    this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now);
    for (const background of [true, false]) {
      const at = this.#waiting.findIndex((waiter) => waiter.background === background);
      if (at >= 0 && this.#room(background)) return this.#waiting.splice(at, 1)[0].wake();
    }
  }

  #drop(instance) {
    this.#busy.delete(instance);
    this.#stats.dropped++;
    instance.close?.();
  }
}
