/** Rows of goods. All of them stand in the page; this shows as many as are used. */

/** Lets rows be added and removed; `bound` is the form as `bindForm` returned it. */
export function growGoods(form, bound) {
  const more = form.querySelector("[data-more]");
  more.replaceWith(...more.querySelectorAll("[data-row]"));
  const rows = [...form.querySelectorAll("[data-row]")];
  const add = form.querySelector("[data-add]");
  let used = 1 + Math.max(0, rows.findLastIndex(isFilled));

  function arrange() {
    rows.forEach((row, i) => {
      row.hidden = i >= used;
      for (const input of inputs(row)) input.disabled = row.hidden;
      row.querySelector("[data-remove]").hidden = used === 1;
    });
    add.hidden = used === rows.length;
    bound.check();
  }

  add.addEventListener("click", () => {
    const row = rows[used++];
    arrange();
    inputs(row)[0].focus();
  });

  rows.forEach((row, at) =>
    row.querySelector("[data-remove]").addEventListener("click", () => {
      used--;
      for (let i = at; i < used; i++) fill(rows[i], values(rows[i + 1]));
      fill(rows[used], ["", "1"]);
      bound.forget(...inputs(rows[used]).map((input) => input.name));
      arrange();
      inputs(rows[Math.min(at, used - 1)])[0].focus();
    }),
  );

  arrange();
}

const inputs = (row) => [...row.querySelectorAll("input")];
const values = (row) => inputs(row).map((input) => input.value);
const fill = (row, texts) => inputs(row).forEach((input, i) => (input.value = texts[i]));

function isFilled(row) {
  const [name, quantity] = values(row);
  return name !== "" || !["", "1"].includes(quantity);
}
