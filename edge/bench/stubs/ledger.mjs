// A D1 database in memory, for measuring what happens around it. It understands the statements that edge/ledger.go
// makes, keeps the last rows only, and answers at once.

const capacity = 200;

export default function () {
  const tables = new Map();
  const plans = new Map(); // a statement is read once
  const prepare = (sql) => {
    let plan = plans.get(sql);
    if (!plan) plans.set(sql, (plan = read(sql.replace(/\s+/g, " ").trim())));
    const table = tables.get(plan.table) ?? tables.set(plan.table, new Table()).get(plan.table);
    return new Statement(plan, table, []);
  };
  return { prepare };
}

class Statement {
  #plan;
  #table;
  #values;

  constructor(plan, table, values) {
    this.#plan = plan;
    this.#table = table;
    this.#values = values;
  }

  bind(...values) {
    return new Statement(this.#plan, this.#table, values);
  }

  async raw({ columnNames = false } = {}) {
    const rows = this.#plan.run(this.#table, this.#values).map((row) => this.#plan.columns.map((column) => row[column] ?? null));
    return columnNames ? [this.#plan.columns, ...rows] : rows;
  }

  async all() {
    const rows = this.#plan.run(this.#table, this.#values);
    const results = rows.map((row) => Object.fromEntries(this.#plan.columns.map((column) => [column, row[column] ?? null])));
    return { success: true, results, meta: { changes: rows.length } };
  }

  async first() {
    return (await this.all()).results[0] ?? null;
  }

  run() {
    return this.all();
  }
}

/** Rows by the values of each column that is asked for; the oldest row goes when there are too many. */
class Table {
  #rows = new Set();
  #indexes = new Map();

  insert(row) {
    this.#rows.add(row);
    for (const [column, index] of this.#indexes) add(index, row[column], row);
    if (this.#rows.size > capacity) this.#forget(this.#rows.values().next().value);
  }

  where(column, value) {
    let index = this.#indexes.get(column);
    if (!index) {
      this.#indexes.set(column, (index = new Map()));
      for (const row of this.#rows) add(index, row[column], row);
    }
    return index.get(value) ?? [];
  }

  #forget(row) {
    this.#rows.delete(row);
    for (const [column, index] of this.#indexes) {
      const left = index.get(row[column]).filter((other) => other !== row);
      if (left.length > 0) index.set(row[column], left);
      else index.delete(row[column]);
    }
  }
}

function add(index, value, row) {
  const rows = index.get(value);
  if (rows) rows.push(row);
  else index.set(value, [row]);
}

// What a column has when nothing is given for it.
const defaults = { paymentStatus: "PROCESSING" };

function read(sql) {
  const returned = (list) => (list ?? "").split(",").map((column) => column.trim()).filter(Boolean);
  let match = /^SELECT (.+) FROM (\w+) WHERE (.+?)(?: ORDER BY (\w+)( DESC)?)?(?: LIMIT (\d+))?$/.exec(sql);
  if (match) {
    const [, list, table, where, order, down, limit = "Infinity"] = match;
    const find = condition(where, 0);
    const by = (a, b) => (down ? b[order] - a[order] : a[order] - b[order]);
    return { table, columns: returned(list), run: (rows, values) => (order ? find(rows, values).toSorted(by) : find(rows, values)).slice(0, Number(limit)) };
  }
  match = /^INSERT INTO (\w+) \((.+?)\) VALUES \(([?, ]+)\)( ON CONFLICT(?: \((\w+)\))? DO (?:NOTHING|UPDATE SET (\w+) = \6))?(?: RETURNING (.+))?$/.exec(sql);
  if (match) {
    const [, table, list, , conflict, target, update, returning] = match;
    const columns = returned(list);
    const key = conflict && (target ?? columns[0]); // without a target it is any unique column: the first is the row's id
    return {
      table,
      columns: returned(returning),
      run(rows, values) {
        const there = key ? rows.where(key, values[columns.indexOf(key)]) : [];
        if (there.length > 0) return update ? there : [];
        const row = { ...defaults };
        columns.forEach((column, i) => (row[column] = values[i]));
        rows.insert(row);
        return [row];
      },
    };
  }
  match = /^UPDATE (\w+) SET (.+) WHERE (.+?)(?: RETURNING (.+))?$/.exec(sql);
  if (match) {
    const [, table, set, where, returning] = match;
    let used = 0;
    const changes = [...set.matchAll(/(\w+) = (COALESCE\([^)]*\)|\?|\w+)(?:, |$)/g)].map(([, column, text]) => {
      const terms = text.replace(/^COALESCE\(|\)$/g, "").split(", ").map((term) => {
        if (term === "?") return ((at) => (row, values) => values[at])(used++);
        return term === "NULL" ? () => null : (row) => row[term];
      });
      return (row, values) => (row[column] = terms.reduce((found, term) => found ?? term(row, values), null));
    });
    const find = condition(where, used);
    return {
      table,
      columns: returned(returning),
      run(rows, values) {
        const found = find(rows, values);
        for (const row of found) for (const change of changes) change(row, values);
        return found;
      },
    };
  }
  throw new Error(`the ledger of the benchmark does not know this statement: ${sql}`);
}

/** Reads "a = ? AND b IN (?, ?)"; `used` values stand before it. */
function condition(text, used) {
  const terms = text.split(" AND ").map((term) => {
    const match = /^(\w+) (?:= (\?)|IN \(([?, ]+)\))$/.exec(term);
    if (!match) throw new Error(`the ledger of the benchmark does not know this condition: ${term}`);
    const count = match[2] ? 1 : match[3].split(",").length;
    used += count;
    return { column: match[1], from: used - count, to: used };
  });
  const [first, ...others] = terms;
  return (rows, values) =>
    values.slice(first.from, first.to).flatMap((value) => rows.where(first.column, value))
      .filter((row) => others.every(({ column, from, to }) => values.slice(from, to).includes(row[column])));
}
