// For support people: organizations are found while one types, an open visit's time is counted, a text is copied.
// Without scripts the form finds, the page says the instant, and the text can be marked.
"use strict";

const PAUSE_MS = 150;
const input = document.getElementById("q");

/** What the server found last; an answer that comes later than the next question is not shown. */
let asked = 0;
let pause;

async function find() {
  const mine = ++asked;
  const address = `/support?q=${encodeURIComponent(input.value)}`;
  const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
  if (mine !== asked) return;
  // Signed out, or no answer: the page that the form leads to says so.
  if (!answer?.ok) return input.form.submit();
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("found");
  if (mine !== asked) return;
  document.getElementById("found").replaceWith(document.adoptNode(found));
  history.replaceState(null, "", address);
}

/** Between the field and the first button of each organization. */
function move(by) {
  const stops = [input, ...[...document.querySelectorAll("#found tbody tr")].map((row) => row.querySelector("a.button"))].filter(Boolean);
  const here = stops.findIndex((stop) => stop === document.activeElement || stop.closest("tr")?.contains(document.activeElement));
  stops[Math.min(Math.max(here + by, 0), stops.length - 1)]?.focus();
}

if (input) {
  document.getElementById("keys").className = "work";
  input.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(find, PAUSE_MS);
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !typing) {
      event.preventDefault();
      input.select();
      input.focus();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (!typing || event.target === input)) {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && event.target === input) {
      // What was typed last is asked for first, so that nobody enters what stood there before.
      event.preventDefault();
      clearTimeout(pause);
      find().then(() => move(1));
    }
  });
}

customElements.define("count-down", class extends HTMLElement {
  connectedCallback() {
    const end = performance.now() + 1000 * Number(this.getAttribute("seconds"));
    const show = () => {
      const seconds = Math.max(0, Math.round((end - performance.now()) / 1000));
      const two = (number) => String(number).padStart(2, "0");
      const hours = Math.floor(seconds / 3600);
      const minutes = Math.floor(seconds / 60) % 60;
      this.textContent = `(${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)})`;
    };
    this.hidden = false;
    show();
    this.counting = setInterval(show, 1000);
  }

  disconnectedCallback() {
    clearInterval(this.counting);
  }
});

customElements.define("copy-text", class extends HTMLElement {
  connectedCallback() {
    const [button, done] = [this.querySelector("button"), this.querySelector("[role=status]")];
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(this.getAttribute("for"));
      source.select();
      // Not given outside a secure context: the text is marked, and can be copied by key.
      await navigator.clipboard?.writeText(source.value);
      if (navigator.clipboard) done.replaceChildren(text("deny-copied"));
    });
  }
});
