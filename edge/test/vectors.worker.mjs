// js/'s verifyNotification in a Worker of its own: answers what it makes of the message in the request's body.
import core from "../../wasm/core.wasm";
import { load } from "../../js/index.mjs";
import { CashierError, verifyNotification } from "../../js/server.mjs";

const loaded = load(core);

export default {
  async fetch(request) {
    const message = await request.json();
    try {
      const { notification } = await verifyNotification({ core: await loaded, now: null, ...message });
      return Response.json({ notification });
    } catch (error) {
      if (!(error instanceof CashierError)) throw error;
      return Response.json({ code: error.code });
    }
  },
};
