// A customer's mail system as one runs it: Postfix, whose mail OpenDKIM signs and checks, mailboxes in Dovecot, and unbound
// for DNS. Each has a folder of its own and free ports, and talks to nobody outside of this machine.
//
// Postfix and Dovecot change users, so all of it runs as root, or by sudo.

import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort, start, until } from "./demo.mjs";

const MAILBOX = fileURLToPath(new URL("../mail/mailbox.py", import.meta.url));
/** Some of it is not where everybody looks. */
process.env.PATH += ":/usr/sbin";
const SUDO = process.getuid() === 0 ? [] : ["sudo", "--non-interactive"];
const START_MS = 30_000;
const RUN_MS = 60_000;
/** Where the customer's people hand in mail unless said otherwise, where it goes out, and where somebody else's does. */
const PERSON_ADDRESS = "127.0.0.9";
export const CUSTOMER_ADDRESS = "127.0.0.10";
export const STRANGER_ADDRESS = "127.0.0.66";
const PASSWORD = "of no secret";
/** What a signature must cover for Byleave; OpenDKIM leaves some of it out by itself. */
const SIGNED = "*,+message-id,+mime-version,+content-type,+content-transfer-encoding,+in-reply-to,+references,+reply-to";

/** Runs a program to its end, as root; resolves to what it printed. */
export async function asRoot(program, ...args) {
  const { stdout } = await promisify(execFile)(...command(program, args), { timeout: RUN_MS });
  return stdout;
}

function command(program, args) {
  const [first, ...rest] = [...SUDO, program, ...args];
  return [first, rest];
}

/** Resolves once a program listens at its port; rejects with what it said if it does not. */
async function listens(program, port, host = "127.0.0.1") {
  const connected = () => new Promise((resolve) => {
    const socket = connect(port, host, () => socket.end(() => resolve(true))).on("error", () => resolve(false));
  });
  await until("a program", START_MS, connected).catch((error) => assert.fail(`${error.message}:\n${program.output()}`));
}

/**
 * The system with which `domains` write to `intake`, an address; `accounts` have mailboxes. What is handed in from `people`, an
 * address, is signed; other mail is checked.
 */
export class Post {
  static async start({ domains, accounts, intake, people = PERSON_ADDRESS }) {
    const post = new Post();
    const folder = await mkdtemp(join(tmpdir(), "byleave-post-"));
    // Four programs with users of their own look into it.
    await chmod(folder, 0o755);
    const ports = { smtp: await freePort(), milter: await freePort(), lmtp: await freePort(), imap: await freePort() };
    // OpenDKIM asks at port 53 alone, so the address is what is free.
    const bytes = crypto.getRandomValues(new Uint8Array(2)).map((byte) => byte % 254);
    const resolver = `127.${bytes[0] + 1}.${bytes[1] + 1}.53`;
    Object.assign(post, { domains, accounts, people, folder, ports, resolver, running: {} });
    // Where Byleave takes mail and how it signs are known later.
    post.vendor = { domain: intake.split("@")[1], smtp: null, record: null };
    await post.#keys();
    await post.#dovecot();
    await post.#opendkim();
    return post;
  }

  /** Where Byleave takes mail, and the record with its key for DKIM: `name` and `text`. */
  async vendorIs(smtp, record) {
    Object.assign(this.vendor, { smtp, record });
    await this.startDns();
    await this.startPostfix();
  }

  async #keys() {
    await asRoot("opendkim-genkey", "--bits=2048", "--domain=customer", "--selector=s1", `--directory=${this.folder}`);
    const key = join(this.folder, "s1.private");
    await asRoot("chown", "opendkim", key);
    const text = await asRoot("cat", join(this.folder, "s1.txt"));
    this.record = text.match(/"[^"]*"/g).join(" ");
    await writeFile(join(this.folder, "signing"), this.domains.map((domain) => `*@${domain} ${domain}\n`).join(""));
    await writeFile(join(this.folder, "keys"), this.domains.map((domain) => `${domain} ${domain}:s1:${key}\n`).join(""));
  }

  async #opendkim() {
    const file = await this.#write("opendkim.conf", `
      Mode sv
      Socket inet:${this.ports.milter}@127.0.0.1
      SigningTable refile:${join(this.folder, "signing")}
      KeyTable file:${join(this.folder, "keys")}
      InternalHosts ${this.people}
      SignHeaders ${SIGNED}
      Canonicalization relaxed/relaxed
      Nameservers ${this.resolver}
      AuthservID customer
      AlwaysAddARHeader yes
      UserID opendkim
      RequireSafeKeys no
      Background no
      Syslog no`);
    this.running.opendkim = start(...command("opendkim", ["-f", "-x", file]));
    await listens(this.running.opendkim, this.ports.milter);
  }

  async #dovecot() {
    const users = this.accounts.map((account) => `${account}:{PLAIN}${PASSWORD}::::::\n`).join("");
    const [mailboxes, accounts] = [join(this.folder, "mailboxes"), await this.#write("users", users)];
    await mkdir(mailboxes);
    await asRoot("chown", "dovecot:dovecot", mailboxes);
    const file = await this.#write("dovecot.conf", `
      base_dir = ${join(this.folder, "dovecot")}
      log_path = /dev/stderr
      protocols = imap lmtp
      listen = 127.0.0.1
      ssl = no
      disable_plaintext_auth = no
      mail_location = maildir:${mailboxes}/%u
      first_valid_uid = 1
      passdb {
        driver = passwd-file
        args = ${accounts}
      }
      userdb {
        driver = passwd-file
        args = ${accounts}
        override_fields = uid=dovecot gid=dovecot home=${mailboxes}/%u
      }
      service imap-login {
        inet_listener imap {
          port = ${this.ports.imap}
        }
        inet_listener imaps {
          port = 0
        }
      }
      service lmtp {
        inet_listener lmtp {
          address = 127.0.0.1
          port = ${this.ports.lmtp}
        }
      }`);
    this.running.dovecot = start(...command("dovecot", ["-F", "-c", file]));
    for (const port of [this.ports.lmtp, this.ports.imap]) await listens(this.running.dovecot, port);
  }

  async startDns() {
    const zone = this.domains.flatMap((domain) => [
      `${domain}. 60 IN TXT "v=spf1 ip4:${CUSTOMER_ADDRESS} -all"`,
      `_dmarc.${domain}. 60 IN TXT "v=DMARC1; p=reject"`,
      `s1._domainkey.${domain}. 60 IN TXT ${this.record}`,
    ]);
    const { record } = this.vendor;
    if (record) zone.push(`${record.name}. 60 IN TXT ${record.text.match(/.{1,200}/g).map((part) => `"${part}"`).join(" ")}`);
    const file = await this.#write("unbound.conf", `
server:
  interface: ${this.resolver}@53
  do-daemonize: no
  chroot: ""
  username: ""
  directory: "${this.folder}"
  pidfile: ""
  use-syslog: no
  local-zone: "." static
${zone.map((record) => `  local-data: '${record}'`).join("\n")}
remote-control:
  control-enable: no
`);
    this.running.dns = start(...command("unbound", ["-d", "-c", file]));
    await listens(this.running.dns, 53, this.resolver);
  }

  async startPostfix() {
    const folder = join(this.folder, "postfix");
    for (const name of ["", "queue", "data"]) await mkdir(join(folder, name), { recursive: true });
    await asRoot("chown", "postfix", join(folder, "data"));
    const milter = `inet:127.0.0.1:${this.ports.milter}`;
    await this.#write("postfix/main.cf", `
compatibility_level = 3.6
maillog_file = ${join(folder, "log")}
maillog_file_prefixes = ${folder}
queue_directory = ${join(folder, "queue")}
data_directory = ${join(folder, "data")}
mail_owner = postfix
myhostname = mail.${this.domains[0]}
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_bind_address = ${CUSTOMER_ADDRESS}
smtp_dns_support_level = disabled
mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_milters = ${milter}
non_smtpd_milters = ${milter}
milter_default_action = tempfail
transport_maps = inline:{${this.vendor.domain}=smtp:[127.0.0.1]:${this.vendor.smtp}}
virtual_mailbox_domains = ${this.domains.join(", ")}
virtual_mailbox_maps = static:any
virtual_transport = lmtp:inet:127.0.0.1:${this.ports.lmtp}
minimal_backoff_time = 5s
maximal_backoff_time = 5s
queue_run_delay = 5s
`);
    const services = [
      `127.0.0.1:${this.ports.smtp} inet n - n - - smtpd`, "pickup unix n - n 60 1 pickup", "cleanup unix n - n - 0 cleanup",
      "qmgr unix n - n 300 1 qmgr", "rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0 bounce",
      "defer unix - - n - 0 bounce", "trace unix - - n - 0 bounce", "verify unix - - n - 1 verify",
      "proxymap unix - - n - - proxymap", "smtp unix - - n - - smtp", "error unix - - n - - error",
      "retry unix - - n - - error", "lmtp unix - - n - - lmtp", "anvil unix - - n - 1 anvil", "scache unix - - n - 1 scache",
      "postlog unix-dgram n - n - 1 postlogd",
    ];
    await writeFile(join(folder, "master.cf"), `${services.join("\n")}\n`);
    // It goes to the background by itself once it works.
    await asRoot("postfix", "-c", folder, "start");
    const stop = () => execFileSync(...command("postfix", ["-c", folder, "stop"]), { stdio: "ignore" });
    process.once("exit", stop);
    this.running.postfix = {
      async stop() {
        process.removeListener("exit", stop);
        stop();
      },
    };
  }

  /** Ends one of the programs: `dns`, `postfix`, `dovecot` or `opendkim`. */
  async end(name) {
    const program = this.running[name];
    delete this.running[name];
    await program?.stop("SIGTERM");
  }

  async stop() {
    for (const name of ["postfix", "dovecot", "opendkim", "dns"]) await this.end(name);
    await asRoot("rm", "-r", this.folder);
  }

  /** How many messages Postfix gave to Byleave, and was told that they are taken. */
  sentOn() {
    return this.#log().match(/status=sent/g)?.length ?? 0;
  }

  /** Message-IDs of all that Postfix took, in order. */
  identifiers() {
    return [...this.#log().matchAll(/cleanup\[\d+\]: \w+: message-id=(<[^>]*>)/g)].map(([, id]) => id);
  }

  /** How many messages wait in Postfix's queue. */
  async queued() {
    const listed = await asRoot("postqueue", "-c", join(this.folder, "postfix"), "-j");
    return listed.split("\n").filter((line) => line).length;
  }

  /** What Postfix wrote so far; only what is new is read. */
  #log() {
    const file = openSync(join(this.folder, "postfix", "log"), "r");
    const more = Buffer.alloc(fstatSync(file).size - (this.read ?? 0));
    readSync(file, more, 0, more.length, this.read ?? 0);
    closeSync(file);
    this.read = (this.read ?? 0) + more.length;
    this.log = (this.log ?? "") + more;
    return this.log;
  }

  /** Hands in a message as a person's mail program does. `message` is what `mailbox.py write` takes. */
  async send(message) {
    const file = await this.#composed(message);
    const server = `127.0.0.1:${this.ports.smtp}`;
    await swaks(
      "--server", server, "--local-interface", this.people, "--from", message.from, "--to", message.to, "--data", file,
    );
  }

  /** Hands one to the intake itself, from anywhere. */
  async sendFrom(address, sender, message) {
    const file = await this.#composed(message);
    const server = `127.0.0.1:${this.vendor.smtp}`;
    return swaks("--server", server, "--local-interface", address, "--from", sender, "--to", message.to, "--data", file);
  }

  async #composed(message) {
    this.sent = (this.sent ?? 0) + 1;
    const [wanted, file] = [join(this.folder, `sent-${this.sent}.json`), join(this.folder, `sent-${this.sent}.eml`)];
    await writeFile(wanted, JSON.stringify(message));
    const { stdout } = await promisify(execFile)("python3", [MAILBOX, "write", wanted], { encoding: "buffer" });
    await writeFile(file, stdout);
    // Swaks reads a file by this mark.
    return `@${file}`;
  }

  /** What is in a mailbox, oldest first, as `mailbox.py read` tells it. */
  async mailbox(account) {
    const { stdout } = await promisify(execFile)(
      "python3", [MAILBOX, "read", `${this.ports.imap}`, account, PASSWORD], { timeout: RUN_MS, maxBuffer: 1 << 26 },
    );
    return JSON.parse(stdout);
  }

  /** The first mail there that is as wanted; waits for it. */
  async arrived(account, what, wanted, milliseconds = START_MS) {
    return until(`${what} at ${account}`, milliseconds, async () => (await this.mailbox(account)).find(wanted));
  }

  async #write(name, text) {
    const file = join(this.folder, name);
    await writeFile(file, text.replace(/^ {6}/gm, ""));
    return file;
  }
}

async function swaks(...args) {
  const { stdout } = await promisify(execFile)("swaks", [...args, "--suppress-data"], { timeout: RUN_MS });
  return stdout;
}
