/**
 * The shared vectors for runtimes of JavaScript; what they are is written in wasm/vectors/vectors.go. This module runs
 * unchanged on Node, in workerd and in Chromium.
 *
 * The digest of a run is how runtimes are compared in one line, native Go among them: SHA-256, in hexadecimal, over
 * the UTF-8 of
 *
 *     NAME LF REPLY LF
 *
 * for each vector, files in the order of their names and vectors in the order of their file. NAME is the file's name
 * without .json, a slash and the vector's name ("seed/request"); REPLY is what the core answered there, not what the
 * file says it should. Files whose entries name no operation are tables (signatures.json, languages.json); they are left out.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/**
 * All vectors of the files, ready to be sent.
 * @param {Record<string, string>} files text by file name
 * @returns {{name: string, operation: string, input: Uint8Array, reply: string}[]}
 */
export function readVectors(files) {
  return Object.keys(files)
    .sort()
    .flatMap((name) => {
      const { vectors } = parse(name, files[name]);
      if (!vectors?.[0]?.operation) return [];
      const inputs = compactInputs(files[name]);
      return vectors.map(({ name: short, operation, record, text, body, reply }, i) => ({
        name: `${name.slice(0, -".json".length)}/${short}`,
        operation,
        input: encoder.encode((record ? withRecord(inputs[i], record, vectors.slice(0, i)) : (text ?? inputs[i])) + (body === undefined ? "" : `\n${body}`)),
        reply,
      }));
    });
}

/** The input of advance with the record of an earlier vector's reply, which begins with it. */
function withRecord(input, name, earlier) {
  const reply = earlier.findLast((vector) => vector.name === name)?.reply;
  const record = reply?.match(/^\{"record":(.*?),"changed":/)?.[1];
  if (!record) throw new Error(`No vector ${JSON.stringify(name)} with a record comes before the one that names it.`);
  return `${input.slice(0, -1)},"record":${record}}`;
}

function parse(name, text) {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${name} is no JSON: ${cause.message}`, { cause });
  }
}

/** Runs the vectors; `differing` are those whose reply is another one than in the file. An error takes the place of the reply. */
export async function replay(core, vectors) {
  const replies = vectors.map(({ operation, input }) => {
    try {
      return decoder.decode(core.call(operation, input));
    } catch (error) {
      return `error: ${error.message}`;
    }
  });
  const differing = vectors.map(({ name, reply }, i) => ({ name, got: replies[i], reply })).filter(({ got, reply }) => got !== reply);
  return { count: vectors.length, differing, digest: await digest(vectors, replies) };
}

/** The digest of a run, by default of the replies that the files say there should be. */
export async function digest(vectors, replies = vectors.map(({ reply }) => reply)) {
  const run = vectors.map(({ name }, i) => `${name}\n${replies[i]}\n`).join("");
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(run)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The member "input" of each vector as it stands in the file, after its name, without the blanks between tokens. Parsing and writing
 * again would not do: JavaScript changes the order of some members, the digits of some numbers and drops doubled keys.
 */
function compactInputs(text) {
  const compact = text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, "$1");
  const inputs = [];
  let vector = -1;
  for (const { depth, key, start, end } of members(compact)) {
    if (depth !== 2) continue;
    if (key === "name") vector++;
    if (key === "input") inputs[vector] = compact.slice(start, end);
  }
  return inputs;
}

/** The members of all objects in a compact JSON text, in the order in which they end. Depth counts objects only. */
function* members(text) {
  const open = []; // for each object and array that is open: the member that is being read
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^[\]{},:"]+/g)) {
    const at = open.at(-1);
    if (token === "{" || token === "[") open.push({ isObject: token === "{" });
    else if (token === "}" || token === "]" || token === ",") {
      if (at.start !== undefined) yield { depth: open.filter(({ isObject }) => isObject).length, key: at.key, start: at.start, end: index };
      at.start = at.key = undefined;
      if (token !== ",") open.pop();
    } else if (token === ":") at.start = index + 1;
    else if (at.isObject && at.start === undefined) at.key = JSON.parse(token);
  }
}
