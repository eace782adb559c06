// Signs a text that the page shows, as it is shown but for the time: an approval, an agreement, a delegation.
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
    const body = new URLSearchParams({ csrf: form.elements.csrf.value, statement, ...(await signed(statement)) });
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
    if (!answer.ok) throw await refused(answer);
    location.reload();
  } catch (error) {
    say(place, error);
    button.disabled = !may_sign();
  }
});
