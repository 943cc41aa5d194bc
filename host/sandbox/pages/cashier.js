// Makes the cashier livelier; without it every page works all the same.

// The time that is left, counted from what the server said last: its clock may differ from the browser's, be faster, or be moved.
let said = { at: performance.now(), remaining: 0, speed: 1 };
for (const timer of document.querySelectorAll("[data-remaining]")) {
  said.remaining = Number(timer.dataset.remaining);
  const show = () => {
    const left = Math.max(0, Math.ceil(said.remaining - (said.speed * (performance.now() - said.at)) / 1000));
    const two = (n) => String(n).padStart(2, "0");
    const hours = Math.floor(left / 3600);
    timer.textContent = (hours ? hours + ":" : "") + two(Math.floor(left / 60) % 60) + ":" + two(left % 60);
    timer.classList.toggle("soon", left < 60);
    setTimeout(show, 1000);
  };
  show();
}

// News of the payment: it may be made on a phone or in another window, or run out of time.
const main = document.querySelector("main[data-status]");
if (main) {
  const look = async () => {
    try {
      const response = await fetch(main.dataset.status, { cache: "no-store" });
      const now = await response.json();
      if (response.ok && now.paymentStatus !== "PROCESSING") {
        location.replace(main.dataset.next);
        return;
      }
      if (response.ok) said = { at: performance.now(), remaining: now.remaining, speed: now.speed };
    } catch {
      // The sandbox may be restarting; the next look will tell.
    }
    setTimeout(look, 2000);
  };
  setTimeout(look, 2000);
}

// The way back to the merchant. It takes the place of this page, which would otherwise send a shopper who goes back forth again.
const back = document.querySelector("a[data-return]");
if (back) setTimeout(() => location.replace(back.href), 2000);
