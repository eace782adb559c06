// Keeps the parts of a page up to date that say where they come from (`data-refresh`): once a second, and when the
// window gets the focus. When a part's `data-state` changes, the rest of the page is out of date and is loaded again.
"use strict";

const PERIOD_MS = 1000;
const under_way = new WeakSet();

async function refresh(part) {
  if (under_way.has(part)) return;
  under_way.add(part);
  try {
    const answer = await fetch(part.dataset.refresh, { headers: { Accept: "text/html" } });
    // Signed out, here or elsewhere: the page says so, and shows nothing any more.
    if (answer.status === 401) location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    const html = await answer.text();
    // While the page is being changed by hand it is not loaded again under that hand.
    if (part.isConnected && !document.body.dataset.busy) put(part, html);
  } catch {
    part.classList.add("stale");
  } finally {
    under_way.delete(part);
  }
}

function put(part, html) {
  const state = () => part.querySelector("[data-state]")?.dataset.state;
  const before = state();
  part.classList.remove("stale");
  // A button that is pressed just now stays until it is let go, and who is at one stays there.
  if (part.dataset.shown !== html && !part.querySelector(":active")) {
    const at = [...part.querySelectorAll("a, button")].indexOf(document.activeElement);
    part.innerHTML = html;
    part.dataset.shown = html;
    if (at >= 0) part.querySelectorAll("a, button")[at]?.focus({ preventScroll: true });
  }
  if (state() !== before) location.reload();
  part.dispatchEvent(new CustomEvent("refreshed", { bubbles: true }));
}

function refresh_all() {
  if (!document.hidden) document.querySelectorAll("[data-refresh]").forEach(refresh);
}

setInterval(refresh_all, PERIOD_MS);
window.addEventListener("focus", refresh_all);
document.addEventListener("visibilitychange", refresh_all);
