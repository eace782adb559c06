// Has the browser make or use a passkey for a form (`data-passkey`: `create` or `get`; `data-options`: what is asked, as the
// server says), puts what came of it into the form, and sends it. A form that holds what else is sent has it in one field
// (`data-passkey-field`).
"use strict";

const decode = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const encode = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** What the server asks for, with bytes for their text. */
function options_of(json) {
  const options = JSON.parse(json);
  if (options.challenge) options.challenge = decode(options.challenge);
  if (options.user) options.user.id = decode(options.user.id);
  for (const one of [...(options.allowCredentials ?? []), ...(options.excludeCredentials ?? [])]) one.id = decode(one.id);
  return options;
}

function fields({ rawId, response }) {
  const client_data = encode(response.clientDataJSON);
  if (response.attestationObject) return { client_data, attestation: encode(response.attestationObject) };
  return {
    client_data,
    credential: encode(rawId),
    handle: response.userHandle ? encode(response.userHandle) : "",
    authenticator_data: encode(response.authenticatorData),
    signature: encode(response.signature),
  };
}

function put_field(form, name, value) {
  const field = form.querySelector(`input[type="hidden"][name="${name}"]`) ?? form.appendChild(document.createElement("input"));
  Object.assign(field, { type: "hidden", name, value });
}

/** What went wrong. */
function said(why) {
  if (why.name === "NotAllowedError") return text("passkeys-not-used");
  if (why.name === "InvalidStateError") return text("passkeys-known");
  return text("passkeys-failed", { why: why.message });
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.passkey) return;
  event.preventDefault();
  const [button, error] = [form.querySelector("button"), form.querySelector("[data-error]")];
  button.disabled = true;
  error.hidden = true;
  try {
    const options = options_of(form.dataset.options);
    const challenge = encode(options.challenge);
    const answer = { challenge, ...fields(await navigator.credentials[form.dataset.passkey]({ publicKey: options })) };
    const { passkeyField: together } = form.dataset;
    const sent = together ? { [together]: new URLSearchParams(answer) } : answer;
    for (const [name, value] of Object.entries(sent)) put_field(form, name, value);
    form.submit();
  } catch (why) {
    error.replaceChildren(said(why));
    error.hidden = false;
    button.disabled = false;
  }
});

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const able = Boolean(globalThis.PublicKeyCredential);
  form.querySelector("button").disabled = !able;
  if (able) continue;
  const error = form.querySelector("[data-error]");
  error.replaceChildren(text("passkeys-unable"));
  error.hidden = false;
}
