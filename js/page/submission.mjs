/** From the button to Alipay: waiting, and what can go wrong on the way. The browser itself sends the form and follows the answer. */

const slowAfter = 12_000;

export function followSubmission(form, bound) {
  const button = form.querySelector("[data-pay]");
  const idle = form.querySelector("[data-pay-idle]");
  const waiting = form.querySelector("[data-pay-waiting]");
  let timer;

  function wait(isWaiting) {
    idle.hidden = isWaiting;
    waiting.hidden = !isWaiting;
    form.toggleAttribute("data-waiting", isWaiting);
    button.setAttribute("aria-disabled", String(isWaiting));
    clearTimeout(timer);
  }

  // Registered after the form's own check, which has refused the event if something is wrong.
  form.addEventListener("submit", (event) => {
    notice(form, "slow", false);
    notice(form, "offline", !navigator.onLine);
    if (form.hasAttribute("data-waiting") || !navigator.onLine) event.preventDefault();
    if (event.defaultPrevented) return;
    wait(true);
    timer = setTimeout(() => {
      wait(false);
      notice(form, "slow", true);
    }, slowAfter);
  });

  // The page may come back from the browser's cache as it was left.
  addEventListener("pageshow", () => wait(false));
  addEventListener("online", () => notice(form, "offline", false));
  bound.ready.then((isChecked) => notice(form, "unchecked", !isChecked));
}

function notice(form, name, isShown) {
  form.querySelector(`[data-notice="${name}"]`).hidden = !isShown;
}
