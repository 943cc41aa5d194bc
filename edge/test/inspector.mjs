// What a Worker holds, as DevTools see it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";

/**
 * The bytes that the JavaScript of a Worker holds when all rubbish has been collected: the heap and the buffers beside it,
 * without the memories of its Go instances. That of the process says nothing about a leak: it grows with what the runtime
 * puts off, and with the runtime's database and queues.
 * @param {number} port of the Worker's inspector
 * @param {string} origin of the Worker
 */
export async function isolateMemory(port, origin) {
  const [{ webSocketDebuggerUrl }] = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
  const socket = new WebSocket(webSocketDebuggerUrl);
  await once(socket, "open");
  let last = 0;
  const call = (method) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      socket.on("message", (data) => {
        const answer = JSON.parse(data);
        if (answer.id === id) answer.error ? reject(new Error(`${method}: ${answer.error.message}`)) : resolve(answer.result);
      });
      socket.once("close", () => reject(new Error(`${method}: the inspector has gone`)));
      socket.send(JSON.stringify({ id, method }));
    });
  try {
    // What a finalizer lets go of goes with the second. The runtime collects when it next works for the Worker.
    for (let i = 0; i < 2; i++) {
      let collected = false;
      const collecting = call("HeapProfiler.collectGarbage").then(() => (collected = true));
      while (!collected) await Promise.all([fetch(`${origin}/nothing`).then((answer) => answer.text()), Promise.race([collecting, sleep(100)])]);
    }
    const { usedSize, backingStorageSize } = await call("Runtime.getHeapUsage");
    assert.ok(usedSize > 0);
    return usedSize + backingStorageSize;
  } finally {
    socket.close();
  }
}
