// Every page in every state, as `cargo test` renders it from its samples: light and dark, wide and narrow, in each language.
// axe-core finds nothing, nobody scrolls sideways, and a picture of each is kept. `npm run gallery` makes the pictures alone.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { launch, person, picture, portrait } from "../support/browser.mjs";

const SAMPLES = process.env.BYLEAVE_SAMPLES ?? fileURLToPath(new URL("../../target/samples", import.meta.url));
const SITE = "http://samples.test";
const TYPES = { css: "text/css", js: "text/javascript", mjs: "text/javascript", svg: "image/svg+xml", woff2: "font/woff2" };

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** Answers with what is kept. Scripts that ask the server have none here, and stay away. */
async function answer(route) {
  const path = new URL(route.request().url()).pathname;
  const extension = path.split(".").at(-1);
  const is_script = ["js", "mjs"].includes(extension) && !path.startsWith("/static/time.");
  if (is_script) return route.fulfill({ body: "", contentType: TYPES.js });
  const body = await readFile(join(SAMPLES, path)).catch(() => null);
  if (!body) return route.fulfill({ status: 404, body: "" });
  return route.fulfill({ body, contentType: TYPES[extension] ?? "text/html; charset=utf-8" });
}

for (const language of ["en", "de"]) {
  test(`every page in every state can be read: ${language}`, async (story) => {
    const names = (await readdir(join(SAMPLES, language)).catch(() => [])).map((file) => file.replace(/\.html$/, "")).sort();
    assert.ok(names.length > 0, `nothing in ${SAMPLES}: BYLEAVE_SAMPLES=${SAMPLES} cargo test -p byleave-server samples`);
    const reader = await person(browser, { locale: language });
    await reader.context.route("**/*", answer);
    for (const name of names) {
      await story.test(name, async () => {
        await reader.page.goto(`${SITE}/${language}/${name}.html`);
        await reader.page.evaluate(() => document.fonts.ready);
        await (language === "en" ? portrait : picture)(reader.page, `gallery/${language}/${name}`);
      });
    }
    reader.assertQuiet();
  });
}
