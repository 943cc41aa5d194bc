// A pool of Go instances. An instance serves one request at a time: Go's timers, promises and streams belong to
// the request in which they were made, so a second request on the same instance would lose its own when the
// first one ends. The pool knows nothing of Go or wasm; it is given `start`, and an instance tells it `usable`.

/** Thrown when every instance is busy and stays so: the caller answers 503. */
export class Busy extends Error {
  name = "Busy";
}

export class Pool {
  #start;
  #size;
  #leases;
  #limit;
  #wait;
  #queue;
  /** Idle instances, last in first out, so that a quiet Worker keeps few of them warm. */
  #idle = [];
  /** Busy instances and the time by which their lease must be over. */
  #busy = new Map();
  #waiting = [];
  #stats = { started: 0, dropped: 0, retired: 0, leases: 0, refused: 0 };

  /**
   * @param {object} options
   * @param {() => object} options.start makes an instance; called inside a request
   * @param {number} [options.size] most instances at once: 8 × about 12 MB stay well inside an isolate's 128 MB
   * @param {number} [options.leases] leases after which an instance retires, since the Go bindings leak a little on each
   * @param {number} [options.limit] milliseconds a lease may last
   * @param {number} [options.wait] milliseconds a request waits for an instance
   * @param {number} [options.queue] most requests waiting
   */
  constructor({ start, size = 8, leases = 2000, limit = 25_000, wait = 5_000, queue = 256 }) {
    this.#start = start;
    this.#size = size;
    this.#leases = leases;
    this.#limit = limit;
    this.#wait = wait;
    this.#queue = queue;
  }

  /** Counters for /healthz and for tests. */
  get stats() {
    return { ...this.#stats, idle: this.#idle.length, busy: this.#busy.size, waiting: this.#waiting.length };
  }

  /**
   * Leases an instance to `work` and returns what `work` returns. The lease ends when `work` has ended, so `work`
   * must not return anything that the instance still produces. An instance whose work threw, that died or
   * that outlived the limit is dropped; nobody else ever sees it.
   *
   * @template T
   * @param {(instance: any) => Promise<T>} work
   * @param {{limit?: number}} [options] milliseconds this lease may last
   * @returns {Promise<T>}
   */
  async use(work, { limit = this.#limit } = {}) {
    const instance = await this.#acquire(limit);
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

  async #acquire(limit) {
    const deadline = Date.now() + this.#wait;
    for (;;) {
      const instance = this.#take(limit);
      if (instance) return instance;
      const left = deadline - Date.now();
      if (left <= 0 || this.#waiting.length >= this.#queue) {
        this.#stats.refused++;
        throw new Busy("every instance is busy");
      }
      // The timer is more than a deadline: a request that waits for nothing but another request's promise has no
      // pending work of its own, and the runtime would end it as hung.
      let wake;
      let timer;
      await new Promise((resolve) => {
        wake = resolve;
        timer = setTimeout(resolve, left);
        this.#waiting.push(wake);
      });
      clearTimeout(timer);
      this.#waiting = this.#waiting.filter((other) => other !== wake);
    }
  }

  #take(limit) {
    const instance = this.#idle.pop() ?? this.#grow();
    // The second limit is for leases whose request was ended from outside: their `finally` never runs.
    if (instance) this.#busy.set(instance, Date.now() + 2 * limit);
    return instance;
  }

  #grow() {
    if (this.#busy.size >= this.#size) {
      const now = Date.now();
      for (const [instance, deadline] of this.#busy) {
        if (deadline < now) this.#drop(instance);
      }
    }
    if (this.#busy.size >= this.#size) return undefined;
    const instance = this.#start();
    this.#stats.started++;
    return instance;
  }

  #release(instance, done) {
    // A lease that was given up as lost and yet came to its end has no place to return to.
    if (!this.#busy.delete(instance)) return;
    if (!done || !instance.usable) {
      this.#drop(instance);
    } else if (instance.leases >= this.#leases) {
      this.#stats.retired++;
      instance.close?.();
    } else {
      this.#idle.push(instance);
    }
    this.#waiting.shift()?.();
  }

  #drop(instance) {
    this.#busy.delete(instance);
    this.#stats.dropped++;
    instance.close?.();
  }
}
