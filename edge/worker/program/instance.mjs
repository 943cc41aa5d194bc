// One running copy of the Worker's Go program. Go's own loader (wasm_exec.js, copied from the Go installation by the
// build) does the plumbing; this file adds what a pooled instance needs: its own context object, timers that
// survive the request that set them, and a prompt end for a request whose program died.
import "../../.build/wasm_exec.js";
import { join } from "../bytes.mjs";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class Instance {
  #go = new globalThis.Go();
  #context;
  #timers = new Map();
  #timer = 0;
  #dead = null;
  #fail = null;

  /**
   * Runs the program up to the point where it waits for work, which happens before this returns.
   * @param {WebAssembly.Module} module the program
   * @param {(context: object) => object} services makes what the program finds as `context.cashier`
   */
  constructor(module, services) {
    const go = this.#go;
    this.#context = { env: undefined, ctx: undefined, binding: {} };
    this.#context.cashier = services(this.#context);
    this.#ownTimers();
    go.exit = (code) => this.#die(new Error(`the Go program exited with code ${code}`));
    const resume = go._resume.bind(go);
    go._resume = () => {
      try {
        resume();
      } catch (error) {
        this.#die(error);
        throw error;
      }
    };
    let ready = false;
    const program = new WebAssembly.Instance(module, { ...go.importObject, workers: { ready: () => (ready = true) } });
    // The bindings read this global once, while the program starts; its fields are read at each access.
    globalThis.context = this.#context;
    try {
      go.run(program).catch((error) => this.#die(error));
    } finally {
      delete globalThis.context;
    }
    if (!ready) throw new Error("the Go program did not become ready", { cause: this.#dead });
  }

  /** Whether another lease may be served: the program is alive. */
  get usable() {
    return this.#dead === null;
  }

  /** Whether its memory, which never shrinks, is at its bound: a full pool of such stays inside an isolate's 128 MB. */
  get full() {
    return this.memory >= 12 * 1024 * 1024;
  }

  /** The bytes of memory of the program. */
  get memory() {
    return this.#go.mem.buffer.byteLength;
  }

  /**
   * Has a request answered. Request and answer cross as one array of bytes each, a JSON head and the body behind it.
   * @param {{method: string, url: string, headers: Record<string, string>}} head
   * @param {Uint8Array} body
   * @returns {Promise<Response>} complete; it needs the instance no more
   */
  serve(head, body, env, ctx) {
    return this.#lease(env, ctx, async (binding) => {
      const message = await new Promise((resolve) => binding.serve(join(JSON.stringify(head) + "\n", body), resolve));
      const end = message.indexOf(0x0a);
      const { status, headers } = JSON.parse(decoder.decode(message.subarray(0, end)));
      return new Response(message.subarray(end + 1), { status, headers });
    });
  }

  /** @param {ScheduledController} event */
  scheduled(event, env, ctx) {
    return this.#lease(env, ctx, (binding) => binding.runScheduler(event));
  }

  /** Forgets the program. Its memory goes as soon as nothing refers to it. */
  close() {
    this.#sleep();
    this.#timers.clear();
    this.#dead ??= new Error("closed");
  }

  async #lease(env, ctx, work) {
    const died = new Promise((_, reject) => (this.#fail = reject));
    this.#context.env = env;
    this.#context.ctx = ctx;
    this.#wake();
    try {
      return await Promise.race([work(this.#context.binding), died]);
    } finally {
      this.#sleep();
      this.#fail = null;
      this.#context.ctx = undefined;
    }
  }

  #die(error) {
    this.#dead ??= error;
    this.#fail?.(this.#dead);
  }

  // A Worker's timers end with the request that set them, while Go's scheduler counts on the one it has set, in
  // whichever request it runs next. So they are kept here with the time they are due and set anew in each lease.
  #ownTimers() {
    const { gojs } = this.#go.importObject;
    gojs["runtime.scheduleTimeoutEvent"] = (sp) => {
      sp >>>= 0;
      const id = ++this.#timer;
      this.#timers.set(id, { due: Date.now() + this.#go.mem.getInt32(sp + 8, true) });
      this.#arm(id);
      this.#go.mem.setInt32(sp + 16, id, true);
    };
    gojs["runtime.clearTimeoutEvent"] = (sp) => {
      sp >>>= 0;
      const id = this.#go.mem.getInt32(sp + 8, true);
      clearTimeout(this.#timers.get(id)?.handle);
      this.#timers.delete(id);
    };
  }

  #arm(id) {
    const timer = this.#timers.get(id);
    timer.handle = setTimeout(() => {
      // Go clears the timer when it handles the event; it may need to be told again if it woke a little early.
      if (this.#timers.has(id) && !this.#dead) this.#go._resume();
      if (this.#timers.has(id) && !this.#dead) this.#arm(id);
    }, Math.max(0, timer.due - Date.now()));
  }

  #wake() {
    for (const id of this.#timers.keys()) this.#arm(id);
  }

  #sleep() {
    for (const timer of this.#timers.values()) clearTimeout(timer.handle);
  }
}

