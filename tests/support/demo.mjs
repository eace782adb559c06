// A demo of its own for each test file: the release binary, any free ports, everything temporary.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

export const BINARY = process.env.BYLEAVE_BIN ?? fileURLToPath(new URL("../../target/release/byleave", import.meta.url));
const START_MS = 60_000;
const STOP_MS = 10_000;

/**
 * Starts a demo, with more arguments as wanted; resolves once it has written its ready file. A first argument that is no text
 * has `by`, which answers by which command it is started, as a list; it is asked at each start.
 */
export async function startDemo(...more) {
  const by = typeof more[0] === "object" ? more.shift().by : () => [];
  const demo = new Demo(await mkdtemp(join(tmpdir(), "byleave-test-")), by, more);
  await demo.start();
  return demo;
}

class Demo {
  constructor(folder, by, more) {
    Object.assign(this, { folder, by, more });
  }

  /** Starts it, on what it kept if it was killed. */
  async start() {
    const readyFile = join(this.folder, "ready.json");
    await rm(readyFile, { force: true });
    const [program, ...before] = [...this.by(), BINARY];
    const child = start(program, [
      ...before, "demo", "--listen", "127.0.0.1:0", "--gateway-listen", "127.0.0.1:0", "--data", join(this.folder, "data"),
      "--ready-file", readyFile, ...this.more,
    ]);
    const text = await until(`the demo's ready file`, START_MS, async () => {
      assert.equal(child.process.exitCode, null, `the demo ended early:\n${child.output()}`);
      return readFile(readyFile, "utf8").catch(() => null);
    });
    const ready = JSON.parse(text);
    Object.assign(this, { child, ready, gatewayPort: new URL(ready.gateway_url).port });
  }

  /** Ends it at once, in the middle of whatever it does. */
  async kill() {
    await this.child.stop("SIGKILL");
  }

  /** An organization of the ready file, by slug. */
  organization(slug) {
    return this.ready.organizations.find((organization) => organization.slug === slug);
  }

  /** Where a browser finds an organization's tool by host name, without a final slash. */
  toolOrigin(organization, tool) {
    return `http://${organization}--${tool}.localhost:${this.gatewayPort}`;
  }

  /** Runs a command as the administrator; resolves to what it printed, rejects when it fails. */
  async command(...args) {
    const env = { ...process.env, BYLEAVE_URL: this.ready.base_url, BYLEAVE_TOKEN: this.ready.admin_token };
    const { stdout } = await promisify(execFile)(BINARY, args, { env, timeout: 60_000 });
    return stdout.trim();
  }

  /** Verifies an organization's log from outside; resolves to the report. */
  async verify(slug) {
    const { url, vkey } = this.organization(slug).log;
    return JSON.parse(await this.command("verify", url, "--vkey", vkey, "--json"));
  }

  /** What the entries of an organization's log say, from the first on; a short log is told at once. */
  async payloads(slug) {
    const headers = { Authorization: `Bearer ${this.organization(slug).api_token}` };
    const answer = await fetch(`${this.ready.base_url}/v1/organizations/${slug}/payloads`, { headers });
    const text = await answer.text();
    assert.ok(answer.ok, text);
    return text.trim().split("\n").map((line) => JSON.parse(JSON.parse(line).opening.payload));
  }

  /** Stops it as Ctrl-C does, which must succeed. */
  async stop() {
    const code = await this.child.stop("SIGINT");
    await rm(this.folder, { recursive: true });
    assert.equal(code, 0, `the demo did not stop cleanly:\n${this.child.output()}`);
  }
}

/** Runs a command with nothing but its arguments; resolves to what it printed, rejects when it fails. */
export async function run(...args) {
  const { stdout } = await promisify(execFile)(BINARY, args, { timeout: 60_000 });
  return stdout.trim();
}

/** Starts a program and keeps what it says. */
export function start(program, args) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => { said += bytes; });
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  ended.catch(() => {});
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  return {
    process: child,
    output: () => said,
    async stop(signal) {
      process.removeListener("exit", kill);
      child.kill(signal);
      const late = setTimeout(kill, STOP_MS);
      return ended.finally(() => clearTimeout(late));
    },
  };
}

/** A port of 127.0.0.1 that nobody has. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks again and again until the answer is neither null, undefined nor false. */
export async function until(what, milliseconds, ask) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    assert.ok(Date.now() < end, `${what}: not within ${milliseconds / 1000} s`);
    await sleep(50);
  }
}
