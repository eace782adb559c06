// Debian's Chromium, people with windows of their own, and an eye on what their pages complain about.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import { chromium } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
// No sandbox, since tests may run as root; nothing of the browser's own that would ask the network.
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const SCREENSHOTS =
  process.env.BYLEAVE_SCREENSHOTS ?? fileURLToPath(new URL("../../target/screenshots", import.meta.url));
/** What people's screens are: a desk's and a telephone's, in CSS pixels. */
const WIDTHS = [1280, 360];
const HEIGHT = 900;
/** Longest that anything on a page may take. */
export const PATIENCE_MS = 20_000;

export function launch() {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

/**
 * A person's own window: cookies and storage of its own. Whatever its pages complain about is kept until
 * `assertQuiet`.
 */
export async function person(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: WIDTHS[0], height: HEIGHT }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const complaints = [];
  context.on("page", (page) => {
    const complain = (what) => complaints.push(`${page.url()}: ${what}`);
    page.on("pageerror", (error) => complain(error.message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complain(`${message.text()} (${message.location().url})`);
    });
  });
  return {
    context,
    page: await context.newPage(),
    /** No page complained (a script failed, the content security policy was broken), but for what `expected` matches. */
    assertQuiet(...expected) {
      const unexpected = complaints.filter((complaint) => !expected.some((pattern) => pattern.test(complaint)));
      assert.deepEqual(unexpected, []);
    },
  };
}

/** A link of one of the kinds that the desk makes, for whoever alone has this name or mail address; resolves to the link. */
export async function deskLink(page, site, who, button = "Make a link") {
  await page.goto(`${site}/desk/vendor`);
  await page.getByRole("searchbox", { name: /^For/u }).fill(who);
  await page.getByRole("button", { name: "Find", exact: true }).click();
  await page.getByRole("button", { name: button, exact: true }).click();
  return page.locator("#secret").innerText();
}

/** An authenticator built into this person's window. */
export async function authenticator(who) {
  const devtools = await who.context.newCDPSession(who.page);
  await devtools.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal", hasResidentKey: true, hasUserVerification: true,
    isUserVerified: true, automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options });
  return {
    /** Whether whoever touches it shows who they are. */
    verifies: (isUserVerified) => devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
    credentials: async () => (await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    remove: () => devtools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId }),
  };
}

/** Keeps pictures of a page at each width, and asserts that nobody has to scroll sideways. */
export async function picture(page, name) {
  await mkdir(dirname(join(SCREENSHOTS, name)), { recursive: true });
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT });
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-${width}.png`), fullPage: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${name} is ${wide} pixels wide on a screen of ${width}`);
  }
  await page.setViewportSize({ width: WIDTHS[0], height: HEIGHT });
}

/** Keeps pictures of a page, light and dark, and asserts that axe-core finds nothing to complain about in either. */
export async function portrait(page, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await picture(page, `${name}-${colorScheme}`);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    const named = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    assert.deepEqual(named, [], `${name}, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: null });
}

/** A test that tells a story: steps in order, nothing after the first that fails. */
export async function step(story, name, act) {
  let failure;
  await story.test(name, async () => {
    try {
      await act();
    } catch (error) {
      failure = error;
      throw error;
    }
  });
  if (failure) throw new Error(`the story ends at: ${name}`);
}
