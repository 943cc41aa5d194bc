/** JSON that two readers may understand differently. */

// How deep JSON may be nested. An order takes six levels.
const maxDepth = 64;
// Escapes in JSON; the group is a surrogate without the other half.
const escapes = /\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)/g;
const textsAndBrackets = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/g;

/**
 * Whether all readers of valid JSON understand the same: no name comes twice in an object, and no text has half a surrogate.
 * @param {string} text that JSON.parse accepts
 */
export function unambiguous(text) {
  for (const [, half] of text.matchAll(escapes)) if (half) return false;
  const open = []; // the names so far of each object that is open; undefined for arrays
  const colon = /[ \t\r\n]*:/y;
  for (const { 0: token, index } of text.matchAll(textsAndBrackets)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else {
      colon.lastIndex = index + token.length;
      if (!colon.test(text)) continue;
      const names = open.at(-1);
      const name = JSON.parse(token);
      if (names.has(name)) return false;
      names.add(name);
    }
    if (open.length > maxDepth) return false;
  }
  return true;
}
