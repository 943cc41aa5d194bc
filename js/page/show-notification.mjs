/** A notification explained: whether its signature is good, why not, and what it says. */

import { explain, verifyNotification } from "../server.mjs";
import { listProblems, verdict } from "./problems.mjs";

const good = { en: "The signature is good for this key.", "zh-CN": "验签通过，签名与此公钥相符。" };
const bad = { en: "This notification would be refused.", "zh-CN": "此通知将被拒绝。" };
let turn = 0;

/** Judges what stands in the fields, and shows the last thing asked for when several are under way. */
export async function showNotification(core, form, language) {
  const mine = ++turn;
  const found = await examine(core, form, language);
  if (mine !== turn) return;
  const part = (name) => form.querySelector(`[data-${name}]`);
  verdict(part("notification-verdict"), found.valid, found.valid ? good : bad, language);
  listProblems(part("causes"), found.causes, found.read?.warnings);
  part("content").hidden = found.content === undefined;
  part("content-text").textContent = found.content ?? "";
  part("notification").hidden = !found.read;
  part("advice").textContent = found.read?.advice?.operator ?? "";
  part("notification-text").textContent = found.read ? JSON.stringify(found.read.notification, null, 2) : "";
  part("acknowledgement").textContent = found.read?.acknowledgement ?? "–";
}

async function examine(core, form, language) {
  const message = await readMessage(form, language);
  try {
    const found = await explain({ core, ...message });
    if (!found.valid) return found;
    const clientId = message.config.clientId ?? message.headers["client-id"];
    const read = await verifyNotification({ core, ...message, config: { clientId } }).catch(({ errors }) => ({ errors }));
    return read.errors ? { ...found, valid: false, causes: read.errors } : { ...found, read };
  } catch ({ errors }) {
    return { valid: false, causes: errors };
  }
}

async function readMessage(form, language) {
  const field = (id) => form.elements[id].value.trim();
  const [file] = form.elements["body-file"].files;
  const headers = readHeaders(field("headers"));
  return {
    config: { clientId: field("client-id") || undefined },
    path: field("path"),
    paths: field("paths").split(/\s*\n\s*/).filter(Boolean),
    headers,
    body: file ? await file.arrayBuffer() : form.elements.body.value,
    keys: readKeys(field("keys"), headers.signature),
    ownKey: field("own-key") || undefined,
    now: form.elements.clock.checked ? undefined : null,
    language,
  };
}

function readHeaders(text) {
  const lines = text.split("\n").map((line) => /^\s*([\w-]+)\s*:\s*(.*?)\s*$/.exec(line)).filter(Boolean);
  return Object.fromEntries(lines.map(([, name, value]) => [name.toLowerCase(), value]));
}

/** Keys after their versions; a single one without counts as that which the signature names. */
function readKeys(text, signature = "") {
  const several = [...text.matchAll(/^\s*(\d+)\s*:\s*([\s\S]+?)(?=\n\s*\d+\s*:|$(?![\s\S]))/gm)];
  if (several.length) return Object.fromEntries(several.map(([, version, key]) => [version, key]));
  return text ? { [/keyVersion=(\d+)/.exec(signature)?.[1] ?? 1]: text } : {};
}
