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

async function refresh() {
  const response = await fetch(location.href, { cache: "no-store" });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const old of live()) {
    const fresh = page.getElementById(old.id);
    if (!fresh) continue;
    carryOver(old, fresh);
    if (fresh.innerHTML === old.innerHTML) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const place = focused ? [...old.querySelectorAll("button, select, a, summary, pre")].indexOf(focused) : -1;
    old.replaceChildren(...fresh.childNodes);
    if (place >= 0) old.querySelectorAll("button, select, a, summary, pre")[place]?.focus();
  }
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
