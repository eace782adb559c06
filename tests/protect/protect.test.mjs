// A tool that nobody here wrote, unmodified, with WebSockets: frontail, which shows a growing log file in the browser. One
// command puts it behind a gateway with nothing configured; both people's links come from what that command prints.

import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { launch, person, picture, step } from "../support/browser.mjs";
import { BINARY, freePort, run, start, until } from "../support/demo.mjs";

const FRONTAIL = fileURLToPath(new URL("../../node_modules/frontail/bin/frontail", import.meta.url));
const START_MS = 30_000;
/** A line must be on the page within this; none in this time is the end of them. */
const LINE_MS = 3_000;
const REASON = "Orders stay open since noon";

let folder, file, frontail, upstream, byleave, browser;
before(async () => {
  [folder, browser] = await Promise.all([mkdtemp(join(tmpdir(), "byleave-protect-")), launch()]);
  file = join(folder, "orders.log");
  await writeFile(file, "order 1 opened\n");
  // frontail takes no port 0.
  const port = await freePort();
  frontail = start(process.execPath, [FRONTAIL, "--host", "127.0.0.1", "--port", `${port}`, file]);
  upstream = `http://127.0.0.1:${port}`;
  await until("frontail", START_MS, () => fetch(upstream).then((answer) => answer.ok, () => false));
});
after(async () => {
  await browser?.close();
  await byleave?.stop("SIGINT");
  await frontail?.stop("SIGTERM");
  if (folder) await rm(folder, { recursive: true });
});

test("one command puts a tool with WebSockets behind Byleave", async (story) => {
  const [left, right] = [await person(browser), await person(browser)];
  const lines = left.page.locator("pre.log .line");
  const sockets = [];
  left.page.on("websocket", (socket) => sockets.push(socket));
  let said, ready, origin, visit;

  await step(story, "it prints both people's links, and says what isolation it has and what gets past it", async () => {
    const data = join(folder, "data");
    const readyFile = join(folder, "ready.json");
    const args = ["--tool", "orders", "--data", data, "--ready-file", readyFile];
    byleave = start(BINARY, ["protect", upstream, ...args, "--listen", "127.0.0.1:0", "--gateway-listen", "127.0.0.1:0"]);
    said = await until("what it says", START_MS, () => {
      assert.equal(byleave.process.exitCode, null, byleave.output());
      return byleave.output().includes("Everything is kept in") && byleave.output();
    });
    ready = JSON.parse(await readFile(readyFile, "utf8"));
    assert.match(said, /orders \(http:\/\/127\.0\.0\.1:\d+\) is behind Byleave/);
    assert.match(said, /Isolation: shared\..*NOTHING keeps organizations apart/s);
    assert.match(said, /Past the gateway: It answers without Byleave/);
    origin = `http://example--orders.localhost:${new URL(ready.gateway_url).port}`;
  });

  await step(story, "left: the support person enters with a reason and sees the log", async () => {
    await left.page.goto(link("a support person"));
    await left.page.goto(`${origin}/`);
    await left.page.getByLabel("Why do you enter?").fill(REASON);
    await left.page.getByRole("button", { name: "Enter" }).click();
    await left.page.waitForURL(`${origin}/`);
    await lines.getByText("order 1 opened").waitFor();
    await picture(left.page, "protect-frontail");
  });

  await step(story, "left: a line that is written meanwhile arrives over a WebSocket", async () => {
    await until("a WebSocket", LINE_MS, () => sockets.length > 0);
    assert.ok(sockets[0].url().startsWith(origin.replace("http:", "ws:")), sockets[0].url());
    const frames = [];
    sockets[0].on("framereceived", ({ payload }) => frames.push(`${payload}`));
    await appendFile(file, "order 2 opened\n");
    await lines.getByText("order 2 opened").waitFor();
    assert.ok(frames.some((frame) => frame.includes("order 2 opened")), frames.join("\n"));
  });

  await step(story, "right: the security contact sees who is inside and why, and disables", async () => {
    await right.page.goto(link("the security contact"));
    visit = right.page.locator("section", { hasText: "Who is inside right now" });
    await visit.getByText(REASON).waitFor();
    await picture(right.page, "protect-portal");
    await right.page.getByText("Disable…").click();
    await right.page.getByRole("button", { name: "Sign and disable" }).click();
    await right.page.getByRole("heading", { name: "Receipt" }).waitFor();
  });

  await step(story, "left: the WebSocket is gone, no line arrives any more, and nobody gets in", async () => {
    await until("the end of the WebSocket", LINE_MS, () => sockets.every((socket) => socket.isClosed()));
    await appendFile(file, "order 3 opened\n");
    await left.page.waitForTimeout(LINE_MS);
    assert.equal(await lines.getByText("order 3 opened").count(), 0);
    await left.page.goto(`${origin}/`);
    await left.page.getByText("disabled support access", { exact: false }).first().waitFor();
  });

  await step(story, "`byleave check` says that the tool answers past the gateway, and its log verifies", async () => {
    const as = ["--url", ready.base_url, "--token", ready.admin_token, "--json"];
    const rows = (await run("check", ...as)).split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(rows.map(({ from, tool, contradicted }) => [from, tool, contradicted]), [
      ["gateway", "orders", false], ["here", "orders", false],
    ]);
    assert.ok(rows.every(({ meaning }) => meaning.includes("unrecorded")));
    const { url, vkey } = ready.organizations[0].log;
    const report = JSON.parse(await run("verify", url, "--vkey", vkey, "--json"));
    assert.equal(report.visits, 1);
  });

  function link(who) {
    const found = new RegExp(`${who} +(http\\S+)`).exec(said);
    assert.ok(found, said);
    return found[1];
  }
});
