// What a page costs whoever comes for the first time: bytes that go over the line, and whether anything moves once it is there.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, person } from "../support/browser.mjs";
import { startDemo } from "../support/demo.mjs";

/** Most that a first page transfers, with its style, scripts, fonts, icons and logo. */
const BYTES_MAX = 150_000;
/** What moves by itself does so at each load; on a busy machine a page may be shown while it still arrives. */
const LOADS = 3;
const SCREENS = [{ width: 1280, height: 900 }, { width: 360, height: 740 }];

let demo, browser;
before(async () => { [demo, browser] = await Promise.all([startDemo(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

test("a first page is under 150 kB, and nothing on it moves", async (story) => {
  const pages = [
    ["/", null],
    ["/portal", demo.organization("acme").contacts[0].sign_in_url],
    ["/support", demo.ready.support_people[0].sign_in_url],
    ["/desk", demo.ready.desk_people[0].sign_in_url],
  ];
  for (const [path, signIn] of pages) {
    await story.test(path, async (t) => {
      const reader = await person(browser);
      if (signIn) await reader.page.goto(signIn);
      const site = signIn ? new URL(reader.page.url()).origin : demo.ready.base_url;
      const { cookies } = await reader.context.storageState();
      await reader.context.close();
      for (const viewport of SCREENS) {
        let moved;
        for (let load = 0; load < LOADS && moved?.length !== 0; load += 1) {
          const seen = await first(`${site}${path}`, { viewport, storageState: { cookies, origins: [] } });
          moved = seen.moved;
          t.diagnostic(`${path} at ${viewport.width}: ${seen.bytes} bytes in ${seen.files} files, moved ${JSON.stringify(moved)}`);
          assert.ok(seen.files > 3, "style, script and font were loaded");
          assert.ok(seen.bytes < BYTES_MAX, `${path} transfers ${seen.bytes} bytes`);
        }
        assert.deepEqual(moved, [], `${path} at ${viewport.width} moves`);
      }
    });
  }
});

/** A page as seen in a browser that has nothing of it yet. */
async function first(address, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.addInitScript(() => {
    globalThis.moved = [];
    const keep = (list) => globalThis.moved.push(...list.getEntries().map((entry) => entry.value));
    new PerformanceObserver(keep).observe({ type: "layout-shift", buffered: true });
  });
  const cdp = await context.newCDPSession(page);
  await cdp.send("Network.enable");
  let bytes = 0;
  let files = 0;
  // With heads; what comes from a cache counts nothing.
  cdp.on("Network.loadingFinished", ({ encodedDataLength }) => { bytes += encodedDataLength; files += 1; });
  const answer = await page.goto(address);
  assert.equal(answer.status(), 200, address);
  await page.evaluate(() => document.fonts.ready);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  const moved = await page.evaluate(() => globalThis.moved);
  await context.close();
  return { bytes, files, moved };
}
