// Signs what a person decides: with a passkey that signs in the place of their key (`data-passkeys`: what the browser is
// asked), or with the key itself. That never leaves the browser: it is kept in IndexedDB as a key that can sign and not be
// read. The page names whose key it is: `data-signer`, and the public half on file: `data-key`.
"use strict";

const encoder = new TextEncoder();
const signer = () => document.querySelector("[data-signer]");
const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
const from_hex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));

let key = null;
// Whether the key itself is to sign although a passkey could.
let by_key = false;

// --- The key -------------------------------------------------------------------------------------------------------

function keys(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("byleave", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const asked = act(opening.result.transaction("keys", mode).objectStore("keys"));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    };
  });
}

// RFC 8410 §7: an Ed25519 private key as PKCS#8 is this prefix and the seed.
const PKCS8 = "302e020100300506032b657004220420";

async function take_key(seed) {
  if (!globalThis.crypto?.subtle) throw new Error(words("keys-https"));
  const bytes = from_hex(PKCS8 + seed);
  let readable;
  try {
    readable = await crypto.subtle.importKey("pkcs8", bytes, "Ed25519", true, ["sign"]);
  } catch {
    throw new Error(words("keys-no-signatures"));
  }
  const { x } = await crypto.subtle.exportKey("jwk", readable);
  const shown = atob(x.replaceAll("-", "+").replaceAll("_", "/"));
  const public_key = hex(Uint8Array.from(shown, (character) => character.charCodeAt(0)));
  if (public_key !== signer().dataset.key) throw new Error(words("keys-another"));
  key = await crypto.subtle.importKey("pkcs8", bytes, "Ed25519", false, ["sign"]);
  await keys("readwrite", (store) => store.put({ key, public_key }, signer().dataset.signer));
}

async function find_key() {
  const kept = await keys("readonly", (store) => store.get(signer().dataset.signer));
  // A key from before it was replaced on file is of no use.
  if (kept?.public_key === signer().dataset.key) key = kept.key;
}

async function forget_key() {
  await keys("readwrite", (store) => store.delete(signer().dataset.signer));
  key = null;
  show_key();
}

// What the browser is asked for, where a passkey signs: for a page of the passkeys' domain, in a browser that has any.
function passkeys() {
  const asks = signer()?.dataset.passkeys;
  if (!asks || !globalThis.PublicKeyCredential || !globalThis.crypto?.subtle) return null;
  const options = options_of(asks);
  return options.rpId === location.hostname || location.hostname.endsWith(`.${options.rpId}`) ? options : null;
}

const signs_by_passkey = () => !by_key && passkeys() !== null;
const may_sign = () => signs_by_passkey() || key !== null;

// The file that `byleave keygen` writes: `byleave-key/v1`, then the seed.
async function read_file(file) {
  const lines = (await file.text()).trim().split(/\r?\n/);
  const fits = lines.length === 2 && lines[0] === "byleave-key/v1" && /^[0-9a-f]{64}$/.test(lines[1]);
  if (!fits) throw new Error(words("keys-no-key-file", { file: file.name }));
  await take_key(lines[1]);
}

function show_key(error) {
  const place = document.getElementById("key");
  if (!place) return;
  const by_passkey = signs_by_passkey();
  place.querySelector(".with-passkey").hidden = !by_passkey;
  place.querySelector(".with-key").hidden = by_passkey || !key;
  place.querySelector(".without-key").hidden = by_passkey || !!key;
  place.querySelector(".other-way").hidden = by_passkey || !passkeys();
  say(place.querySelector(".error"), error);
  document.querySelectorAll("form[data-wish] button, form[data-approval] button").forEach((button) => (button.disabled = !may_sign()));
}

function say(place, error) {
  place.hidden = !error;
  place.replaceChildren(error?.said ?? error?.message ?? "");
}

/** Why the server did not do it: its page says so in the reader's language. */
async function refused(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const why = page.getElementById("why")?.childNodes ?? [String(answer.status)];
  const said = new DocumentFragment();
  said.append(...why);
  return Object.assign(new Error(), { said: text("keys-not-done", { why: said }) });
}

/** The signature under a text, as fields of a form. */
async function signed(text) {
  const bytes = encoder.encode(text);
  if (!signs_by_passkey()) return { signature: hex(await crypto.subtle.sign("Ed25519", key, bytes)) };
  const challenge = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  try {
    return fields(await navigator.credentials.get({ publicKey: { ...passkeys(), challenge } }));
  } catch (why) {
    throw Object.assign(new Error(), { said: said(why) });
  }
}

// Now, in whole seconds.
const instant = () => new Date().toISOString().replace(/\.\d+Z$/, "Z");

document.addEventListener("change", (event) => {
  if (event.target.id !== "key-file" || !event.target.files[0]) return;
  read_file(event.target.files[0]).then(() => show_key(), show_key);
});

document.addEventListener("click", (event) => {
  const { forget, way } = event.target.dataset;
  if (forget !== undefined) forget_key().catch(show_key);
  if (way) {
    by_key = way === "key";
    show_key();
  }
});

// A sign-in link may carry the key behind its `#`, which browsers do not send.
async function start() {
  const given = /^#key=([0-9a-f]{64})$/.exec(location.hash);
  if (given) history.replaceState(null, "", location.pathname + location.search);
  if (!signer()?.dataset.key) return;
  if (given) await take_key(given[1]);
  else await find_key();
}

start().then(() => show_key(), show_key);
