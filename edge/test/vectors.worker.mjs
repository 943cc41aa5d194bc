// js/ in a Worker of its own: POST /replay runs vectors; POST / answers what verifyNotification makes of the message in
// the request's body.
import core from "../../wasm/core.wasm";
import { load } from "../../js/index.mjs";
import { CashierError, verifyNotification } from "../../js/server.mjs";
import { readVectors, replay } from "../../js/test/support/vectors.mjs";

const loaded = load(core);

export default {
  async fetch(request) {
    const message = await request.json();
    if (new URL(request.url).pathname === "/replay") return Response.json(await replay(await loaded, readVectors(message)));
    try {
      const { notification } = await verifyNotification({ core: await loaded, now: null, ...message });
      return Response.json({ notification });
    } catch (error) {
      if (!(error instanceof CashierError)) throw error;
      return Response.json({ code: error.code });
    }
  },
};
