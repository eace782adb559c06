// Signs what a desk person approves. The text that is shown is the text that is signed (`byleave/approval/v1`).
"use strict";

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!("approval" in form.dataset)) return;
  event.preventDefault();
  const around = form.parentElement;
  const shown = around.querySelector("[data-statement]");
  const place = around.querySelector("[data-error]");
  const button = form.querySelector("button");
  button.disabled = true;
  say(place);
  try {
    shown.textContent = shown.textContent.replace(/issued: .*/, `issued: ${instant()}`);
    const statement = shown.textContent;
    const body = new URLSearchParams({ csrf: form.elements.csrf.value, statement, signature: await signature_of(statement) });
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/problem+json, text/html" } });
    if (!answer.ok) {
      const problem = await answer.json().catch(() => ({ detail: "no answer that makes sense" }));
      throw new Error(`Not done: ${problem.detail}.`);
    }
    location.reload();
  } catch (error) {
    say(place, error);
    button.disabled = !key;
  }
});
