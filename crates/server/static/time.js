// Shows instants in the reader's own zone. The exact one in UTC stays where it is: at hand as a title, copied along, and what
// stands on paper.
"use strict";

const shows_one = new CSSStyleSheet();
shows_one.replaceSync("@media screen { slot { display: none; } } @media print { span { display: none; } }");

customElements.define("local-time", class extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const at = new Date(this.getAttribute("datetime"));
    const today = at.toDateString() === new Date().toDateString();
    const day = today ? {} : { year: "numeric", month: "short", day: "numeric" };
    const shown = new Intl.DateTimeFormat(document.documentElement.lang, {
      ...day, hour: "numeric", minute: "2-digit", timeZoneName: "short",
    });
    const local = document.createElement("span");
    local.textContent = shown.format(at);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [shows_one];
    root.append(local, document.createElement("slot"));
  }
});
