// Shows instants in the reader's own zone; the exact one in UTC stays at hand, and stands alone on paper.
"use strict";

customElements.define("local-time", class extends HTMLElement {
  connectedCallback() {
    const at = new Date(this.getAttribute("datetime"));
    const language = document.documentElement.lang;
    const today = at.toDateString() === new Date().toDateString();
    const day = today ? {} : { year: "numeric", month: "short", day: "numeric" };
    const shown = new Intl.DateTimeFormat(language, { ...day, hour: "numeric", minute: "2-digit", timeZoneName: "short" });
    this.textContent = shown.format(at);
  }
});
