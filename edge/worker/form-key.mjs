// One purchase is one order, however often its form is sent. The page with the form is served with a key, which a
// cookie keeps for the shopper's other tabs, Back and reload, with scripts or without. Whatever is sent with the same
// key and asks for the same goods and amount is the same purchase (draft.go). When it is paid or called off the key has
// done its work, and the next form is another.

const name = "checkout";
const keyPattern = /^[\w-]{1,64}$/;
const hour = 3600; // as long as it is kept after it was last used

/** Whether it has the form of a key. */
export const isFormKey = (text) => keyPattern.test(text);

/** The key that the shopper's browser keeps, and the payment that was last begun with it. */
function kept(request) {
  const [, key, id = ""] = new RegExp(`(?:^|;\\s*)${name}=([\\w-]{1,64})(?:\\.([\\w-]{1,64}))?(?:;|$)`).exec(request.headers.get("Cookie") ?? "") ?? [];
  return { key, id };
}

/** The key of a purchase: the kept one, or one made now. */
export function formKey(request) {
  return kept(request).key ?? crypto.randomUUID();
}

/**
 * Has the browser keep a key.
 * @param {Response} response @param {string} url of the request
 * @param {string} key @param {string} [paymentRequestId] of the payment that was begun with it
 */
export function keep(response, url, key, paymentRequestId) {
  cookie(response, url, paymentRequestId ? `${key}.${paymentRequestId}` : key, hour);
}

/** Has the browser forget its key, if it was that of this payment. */
export function forget(response, request, paymentRequestId) {
  if (kept(request).id === paymentRequestId) cookie(response, request.url, "", 0);
}

function cookie(response, url, value, age) {
  response.headers.append("Set-Cookie", `${name}=${value}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Lax${url.startsWith("https:") ? "; Secure" : ""}`);
}
