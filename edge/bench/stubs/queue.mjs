// A queue that has every message the moment it is sent.
import { WorkerEntrypoint } from "cloudflare:workers";

export default class extends WorkerEntrypoint {
  fetch() {
    return new Response(null, { status: 404 });
  }

  send() {}
}
