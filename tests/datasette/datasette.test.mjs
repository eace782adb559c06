// A tool that nobody here wrote, unmodified, behind the gateway: Datasette with one database per organization, the
// organization forced into the path. Used in a browser, then attacked from inside a visit.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { launch, person, picture, step } from "../support/browser.mjs";
import { start, startDemo, until } from "../support/demo.mjs";
import { send } from "../support/raw.mjs";
import { attacks } from "./attacks.mjs";

assert.ok(process.env.BYLEAVE_DATASETTE, "BYLEAVE_DATASETTE names a virtual environment with requirements.txt");
const PYTHON = join(process.env.BYLEAVE_DATASETTE, "bin/python");
const DATABASES = fileURLToPath(new URL("databases.py", import.meta.url));
const START_MS = 30_000;
/** Ends of requests are recorded within a second. */
const RECORDED_MS = 5_000;
const MACHINES = 250;

/** Globex is enabled as Acme is, Initech is disabled. Neither is anybody's business inside Acme. */
const VICTIMS = ["globex", "initech"];
const secrets = Object.fromEntries(["acme", ...VICTIMS].map((slug) => [slug, randomBytes(12).toString("hex")]));

let demo, browser, folder, datasette, upstream;
before(async () => {
  [demo, browser, folder] = await Promise.all([startDemo(), launch(), mkdtemp(join(tmpdir(), "byleave-datasette-"))]);
  const planted = Object.entries(secrets).map((pair) => pair.join("="));
  await promisify(execFile)(PYTHON, [DATABASES, folder, ...planted]);
  // Immutable, so that Datasette offers whole databases for download, too.
  const files = Object.keys(secrets).flatMap((slug) => ["--immutable", join(folder, `${slug}.db`)]);
  datasette = start(PYTHON, ["-m", "datasette", "serve", ...files, "--host", "127.0.0.1", "--port", "0"]);
  upstream = await until("Datasette", START_MS, () => {
    assert.equal(datasette.process.exitCode, null, datasette.output());
    return /running on (http:\/\/127\.0\.0\.1:\d+)/.exec(datasette.output())?.[1];
  });
});
after(async () => {
  await browser?.close();
  await datasette?.stop("SIGINT");
  await demo?.stop();
  if (folder) await rm(folder, { recursive: true });
});

test("Datasette works behind the gateway, and from inside Acme nobody else's data is in reach", async (story) => {
  const sasha = await person(browser);
  const { page } = sasha;
  const origin = demo.toolOrigin("acme", "datasette");
  const rows = page.locator("table.rows-and-columns tbody tr");
  let earlier, cookie;

  await step(story, "without the gateway, Datasette shows anybody everything", async () => {
    for (const [slug, secret] of Object.entries(secrets)) {
      assert.ok((await (await fetch(`${upstream}/${slug}/secrets.json`)).text()).includes(secret), slug);
      assert.ok((await (await fetch(`${upstream}/${slug}.db`)).text()).includes(secret), slug);
    }
    earlier = seen().length;
  });

  await step(story, "one command puts it behind the gateway", async () => {
    await demo.command(
      "tool", "create", "--name", "Datasette", "--slug", "datasette", "--upstream", upstream,
      "--isolation", "injected", "--inject", "prefix", "--asset", "/-/static/",
    );
  });

  await step(story, "a support person enters it for Acme with a reason, and is in Acme's database", async () => {
    await page.goto(demo.ready.support_people[0].sign_in_url);
    await page.goto(`${origin}/`);
    await page.getByLabel("Why do you enter?").fill("Machines in Oslo stop");
    await page.getByRole("button", { name: "Enter" }).click();
    await page.waitForURL(`${origin}/acme`);
    await page.getByRole("heading", { name: "acme", exact: true }).waitFor();
    [cookie] = (await sasha.context.cookies(origin)).filter(({ name }) => name === "byleave_visit");
    await picture(page, "datasette-database");
  });

  await step(story, "its style sheet is there", async () => {
    const header = page.locator("header");
    assert.notEqual(await header.evaluate((element) => getComputedStyle(element).backgroundColor), "rgba(0, 0, 0, 0)");
  });

  await step(story, "a table can be browsed, faceted and filtered", async () => {
    await page.getByRole("link", { name: "machines", exact: true }).click();
    await page.getByRole("heading", { name: "machines" }).waitFor();
    assert.equal(await rows.count(), 100);
    await page.getByRole("link", { name: "Next page" }).click();
    await page.getByText("acme-100", { exact: true }).waitFor();
    await page.goto(`${origin}/acme/machines?_facet=site&_facet=state`);
    await page.getByRole("link", { name: "Oslo" }).first().click();
    await page.waitForURL(/site=Oslo/);
    await page.getByText(/84 rows/).first().waitFor();
    await picture(page, "datasette-table");
  });

  await step(story, "a query of one's own runs", async () => {
    await page.goto(`${origin}/acme`);
    await page.locator(".CodeMirror").click();
    await page.keyboard.press("Control+A");
    await page.keyboard.type("select count(*) as machines, (select secret from secrets) as own from machines");
    await page.getByRole("button", { name: "Run SQL" }).click();
    await page.waitForURL(/sql=/);
    assert.match(await rows.first().innerText(), new RegExp(`${MACHINES}\\s+${secrets.acme}`));
  });

  await step(story, "JSON and CSV can be taken along", async () => {
    await page.goto(`${origin}/acme/machines?site=Lyon`);
    await page.getByRole("link", { name: "json", exact: true }).click();
    await page.waitForURL(`${origin}/acme/machines.json?site=Lyon`);
    assert.equal(JSON.parse(await page.locator("body").innerText()).filtered_table_rows_count, 83);
    await page.goBack();
    await page.getByLabel("download file").check();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export CSV" }).click();
    assert.equal((await download).suggestedFilename(), "machines.csv");
  });

  for (const victim of VICTIMS) {
    await step(story, `in the browser, ${victim} is not there`, async () => {
      for (const path of [`/${victim}`, `/${victim}/secrets`, "/", "/-/databases", `/${victim}.db`, "/-/metadata"]) {
        await page.goto(origin + path);
        assert.ok(!(await page.content()).includes(secrets[victim]), path);
        assert.ok(page.url().startsWith(`${origin}/`), `${path} leads to ${page.url()}`);
      }
    });

    await step(story, `on the wire, ${victim}'s secret never comes back`, async () => {
      const host = new URL(origin).host;
      const port = demo.gatewayPort;
      const surprises = [];
      const outcomes = [];
      for (const [what, request, outcome] of attacks({ host, port, cookie: `${cookie.name}=${cookie.value}`, victim })) {
        const answer = await send(port, request);
        assert.ok(!answer.includes(secrets[victim]), `${what} got the secret:\n${answer}`);
        outcomes.push(outcomeOf(answer));
        if (outcomes.at(-1) !== outcome) surprises.push(`${what}: ${outcomes.at(-1)}, not ${outcome}`);
      }
      assert.equal(surprises.join("\n"), "");
      story.diagnostic(`attacks on ${victim} and what came of them: ${counts(outcomes)}`);
    });
  }

  await step(story, "Datasette was asked for Acme's part and for its own files alone", async () => {
    const strange = seen().slice(earlier).filter((path) => !/^\/(acme|acme[/?].*|-\/static\/.*)$/.test(path));
    assert.deepEqual(strange, []);
  });

  await step(story, "and all that it was asked is in Acme's log, which verifies, and nothing in the others'", async () => {
    await page.close();
    const forwarded = () => seen().slice(earlier).filter((path) => !path.startsWith("/-/static/")).length;
    const report = await until("as many requests in the log as at Datasette", RECORDED_MS, async () => {
      const report = await demo.verify("acme");
      return report.requests === forwarded() && report;
    });
    assert.equal(report.visits, 1);
    for (const victim of VICTIMS) assert.equal((await demo.verify(victim)).requests, 0, victim);
    story.diagnostic(`${report.requests} requests forwarded; ${report.sentence}`);
  });

  await step(story, "Acme's security contact reads there what was tried", async () => {
    const contact = await person(browser);
    await contact.page.goto(demo.organization("acme").contacts[0].sign_in_url);
    await contact.page.locator("#history").getByRole("link").first().click();
    const requests = await contact.page.locator("#requests tbody").innerText();
    for (const path of ["/acme/machines?site=Lyon", "/acme/globex/secrets", "/acme/initech/secrets.json"]) {
      assert.ok(requests.includes(path), path);
    }
    await picture(contact.page, "portal-visit-datasette");
  });

  /** The targets that Datasette says it was asked for. */
  function seen() {
    return [...datasette.output().matchAll(/"[A-Z]+ (\S+) HTTP\/1\.1"/g)].map(([, target]) => target);
  }
});

/** Of each answer, whether the tool gave it or the gateway did without asking the tool, and its status. */
function outcomeOf(answers) {
  // A SETTINGS frame comes first, and without a request nothing else.
  if (answers.charCodeAt(3) === 4) return "gateway HTTP/2, with no answer in it";
  const each = answers.split(/^(?=HTTP\/1\.[01] \d{3} )/m);
  return each.map((answer) => `${/^server: uvicorn/im.test(answer) ? "tool" : "gateway"} ${answer.slice(9, 12)}`).join(", ");
}

function counts(outcomes) {
  const all = [...new Set(outcomes)].sort();
  return all.map((outcome) => `${outcomes.filter((other) => other === outcome).length} × ${outcome}`).join(", ");
}
