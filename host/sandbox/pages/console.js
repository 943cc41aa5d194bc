// Keeps the pages for developers up to date; without it they show what was when they were loaded.

const live = () => document.querySelectorAll("[data-live]");

// What the reader has opened or begun to fill in stays as it is.
function carryOver(old, fresh) {
  for (const details of old.querySelectorAll("details[open]")) {
    fresh.querySelector("#" + details.id)?.setAttribute("open", "");
  }
  for (const select of old.querySelectorAll("select[id]")) {
    const same = fresh.querySelector("#" + select.id);
    if (same) same.value = select.value;
  }
}

// Where the text that somebody signed differs from the one that the sandbox expects. The script alone does this, so it shows the box.
function firstDifference(mine, theirs) {
  let at = 0;
  while (at < mine.length && at < theirs.length && mine[at] === theirs[at]) at++;
  return mine === theirs ? -1 : at;
}

function offerToCompare() {
  for (const box of document.querySelectorAll(".compare[hidden]")) {
    const expected = box.previousElementSibling.textContent;
    const said = box.querySelector("output");
    // A text area has line feeds only, so line ends are compared as one.
    const plain = text => text.replaceAll("\r\n", "\n");
    const piece = (text, at) => (at >= text.length ? said.dataset.end : JSON.stringify(text.slice(at, at + 24)));
    box.hidden = false;
    box.querySelector("textarea").addEventListener("input", event => {
      const mine = plain(event.target.value), theirs = plain(expected);
      const at = firstDifference(mine, theirs);
      const bytes = new TextEncoder().encode(theirs.slice(0, Math.max(0, at))).length;
      said.textContent = !mine ? "" : at < 0 ? said.dataset.same
        : said.dataset.differs.replace("{0}", bytes + 1).replace("{1}", piece(mine, at)).replace("{2}", piece(theirs, at));
    });
  }
}
offerToCompare();

async function refresh() {
  const response = await fetch(location.href, { cache: "no-store" });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const old of live()) {
    const fresh = page.getElementById(old.id);
    if (!fresh) continue;
    carryOver(old, fresh);
    if (fresh.innerHTML === old.innerHTML || [...old.querySelectorAll("textarea")].some(box => box.value)) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const place = focused ? [...old.querySelectorAll("button, select, a, summary, pre")].indexOf(focused) : -1;
    old.replaceChildren(...fresh.childNodes);
    if (place >= 0) old.querySelectorAll("button, select, a, summary, pre")[place]?.focus();
  }
  offerToCompare();
}

let running = false, again = false;
async function refreshSoon() {
  if (running) {
    again = true;
    return;
  }
  running = true;
  do {
    again = false;
    try {
      await refresh();
    } catch {
      // The sandbox may be restarting; the stream will tell when it is back.
    }
  } while (again);
  running = false;
}

if (live().length) {
  const news = new EventSource(document.body.dataset.stream);
  const sign = document.querySelector(".live");
  news.onopen = () => sign && (sign.hidden = false);
  news.onerror = () => sign && (sign.hidden = true);
  news.onmessage = refreshSoon;
  addEventListener("pagehide", () => news.close());
}

// A button acts without leaving the page. What went wrong is shown by the page it leads to, so then that page is opened.
document.addEventListener("submit", async event => {
  const form = event.target;
  if (!form.matches("[data-quiet]")) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  event.submitter?.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.action, { method: "POST", body });
    if (new URL(response.url).searchParams.has("problem")) {
      location.assign(response.url);
      return;
    }
  } finally {
    event.submitter?.removeAttribute("aria-busy");
  }
  refreshSoon();
});
