// Signs what a security contact decides. The text that is shown is the text that is signed (`byleave/switch/v1`).
"use strict";

const portal = document.getElementById("portal");
const setting = () => document.getElementById("setting");

// --- Statements ----------------------------------------------------------------------------------------------------

function statement(wish) {
  const { organization, epoch, contact } = setting().dataset;
  const request = hex(crypto.getRandomValues(new Uint8Array(16)));
  const issued = instant();
  return [
    "byleave/switch/v1",
    `organization: ${organization}`,
    `epoch: ${epoch}`,
    `support access: ${wish}`,
    `contact: ${contact}`,
    `request: request_${request}`,
    `issued: ${issued}`,
    "",
  ].join("\n");
}

async function send(form) {
  const shown = form.querySelector("[data-statement]");
  const text = shown.textContent;
  const body = new URLSearchParams({ csrf: form.elements.csrf.value, statement: text, ...(await signed(text)) });
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
  if (!answer.ok) {
    shown.textContent = statement(form.dataset.wish);
    throw await refused(answer);
  }
  portal.innerHTML = await answer.text();
  show_key();
}

// The content of the page is replaced as a whole, so events are taken where they end up.

document.addEventListener("toggle", (event) => {
  const form = event.target.open && event.target.querySelector("form[data-wish]");
  if (form) form.querySelector("[data-statement]").textContent = statement(form.dataset.wish);
}, true);

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.wish) return;
  event.preventDefault();
  const button = form.querySelector("button");
  const progress = form.querySelector("[data-progress]");
  button.disabled = true;
  progress.hidden = false;
  document.body.dataset.busy = "yes";
  say(form.querySelector("[data-error]"));
  try {
    await send(form);
  } catch (error) {
    say(form.querySelector("[data-error]"), error);
  } finally {
    delete document.body.dataset.busy;
    progress.hidden = true;
    button.disabled = !may_sign();
  }
});

// What would be cut off is what is inside by now.
document.addEventListener("refreshed", (event) => {
  const inside = event.target.querySelector("[data-count]");
  if (!inside) return;
  const put = (place, text) => {
    if (place && place.textContent !== text) place.textContent = text;
  };
  put(portal.querySelector("strong[data-count]"), inside.dataset.count);
  put(portal.querySelector("strong[data-cases]"), inside.dataset.cases);
  const impact = portal.querySelector("[data-impact]");
  const cut = inside.querySelector("[data-cut]")?.innerHTML ?? "";
  if (impact && impact.innerHTML !== cut) impact.innerHTML = cut;
});
