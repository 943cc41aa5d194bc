/** Whether keys can be used, before the first payment needs them. */

import { CashierError } from "../error.mjs";
import { algorithm, privateKey as signingKey, publicKey, versions } from "./keys.mjs";

const sample = new Uint8Array(1);

/**
 * All that is wrong with the merchant's own key and with Alipay's keys, each checked as the calls and verifyNotification use
 * them. An empty list when all can be used.
 */
export async function checkKeys({ privateKey, keys } = {}) {
  const problems = [];
  const attempt = async (work) => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CashierError)) throw error;
      problems.push(...error.errors);
    }
  };
  const own = await attempt(() => signingKey(privateKey));
  const known = await attempt(() => versions(keys));
  if (known?.length === 0) problems.push({ code: "KEY_MALFORMED", path: "/keys", message: "There is no public key of Alipay." });
  const signature = own && (await crypto.subtle.sign(algorithm.name, own, sample));
  for (const version of known ?? []) {
    await attempt(async () => {
      const key = await publicKey(keys, version);
      if (!signature || !(await crypto.subtle.verify(algorithm.name, key, signature, sample))) return;
      throw new CashierError({ code: "KEY_IS_YOUR_OWN", path: `/keys/${version}`, message: "This is the merchant's own public key; Alipay's is needed here." });
    });
  }
  return problems;
}
