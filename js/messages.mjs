/** The sentences for people, as a catalogue. */

import { running, succeeded } from "./error.mjs";

/** Every code and every outcome with its sentences in one language; {0} and {1} stand for what a problem fills in. */
export function messages(core, language) {
  const { messages, outcomes } = succeeded(running(core).ask("messages", { language }));
  return { messages, outcomes };
}
