/**
 * The log: a line of JSON with `time`, `level`, `msg` and what else helps to find the payment. No bodies, no secrets. The level
 * also chooses the method of the console, by which the platform filters.
 */
const methods = { INFO: "log", WARN: "warn", ERROR: "error" };

function write(level, msg, attributes) {
  console[methods[level]](JSON.stringify({ time: new Date().toISOString(), level, msg, ...attributes }));
}

export const log = {
  info: (msg, attributes) => write("INFO", msg, attributes),
  warn: (msg, attributes) => write("WARN", msg, attributes),
  error: (msg, attributes) => write("ERROR", msg, attributes),
  /** A line that the Go program wrote, to the console of its level. */
  line(text) {
    console[methods[/^\{"time":"[^"]*","level":"(\w+)"/.exec(text)?.[1]] ?? "log"](text);
  },
};

/** What went wrong, in one line. */
export const reason = (error) => String(error?.message ?? error).slice(0, 300);
