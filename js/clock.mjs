/** The time of now as request-time wants it: epoch milliseconds in today's documentation, ISO 8601 with an offset in the guide. */
export function clock(config) {
  const { wireProfile, requestTime = wireProfile === "current" ? "epoch-ms" : "iso8601" } = config ?? {};
  return requestTime === "epoch-ms" ? String(Date.now()) : `${new Date().toISOString().slice(0, 19)}+00:00`;
}
