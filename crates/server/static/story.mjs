// Reads the entries of an organization's log, and holds them against what may follow what (docs/log-format.md).

/** Longest entry, and most runs of requests that one can end. */
export const ENTRY_BYTES_MAX = 4096;
const RUNS_MAX = 200;
/** Microseconds since 1970 at the end of the year 9999, as far as calendars of every time zone go. */
const TIME_US_MAX = 253_402_207_200_999_999n;
const U64_MAX = (1n << 64n) - 1n;

/** What is wrong with a log, or why it could not be looked at: a code, and facts for whoever puts it into words. */
export class Fault extends Error {
  /** `at` has `entry` and `path` where there are such, and `unchecked` where nothing is said about the log. */
  constructor(code, facts = {}, at = {}) {
    super(code);
    Object.assign(this, { code, facts, at });
  }
}

// --- Entries -------------------------------------------------------------------------------------------------------

/** What each kind refers to, whether it must, and whether it may end requests. */
export const KINDS = new Map(Object.entries({
  "log.open": {},
  "contact.added": {},
  "contact.called": {},
  "contact.called_with_words": {},
  "contact.called_without_words": {},
  "contact_change.announced": {},
  "contact_change.returned": { must: "change" },
  "contact_change.agreed": { must: "change" },
  "contact_change.made": { must: "change" },
  "contact_change.ended": { must: "change" },
  "visit.open": {},
  "access.begin": { must: "visit" },
  "visit.progress": { must: "visit", ends: true },
  "visit.close": { must: "visit", ends: true },
  "access.denied": { may: "visit" },
  "support_access.disabled": { may: "request" },
  "support_access.confirmed": { must: "request" },
  "support_access.enabled": { must: "request" },
  "desk_key.added": {},
  "desk_key.removed": {},
  "change_request.received": {},
  "change_request.signed": { must: "request" },
  "change_request.joined": { must: "request" },
  "change_request.reviewed": { must: "request" },
  "change_request.form_sent": { must: "request" },
  "change_request.meeting_set": { must: "request" },
  "change_request.found": { must: "request" },
  "change_request.returned": { must: "request" },
  "change_request.matched": { must: "request" },
  "change_request.called": { must: "request" },
  "change_request.called_with_words": { must: "request" },
  "change_request.called_without_words": { must: "request" },
  "change_request.approved": { must: "request" },
  "change_request.processed": { must: "request" },
  "change_request.announced": { must: "request" },
  "change_request.reminded": { must: "request" },
  "change_request.ended": { must: "request" },
  "evidence.read": { may: "request" },
  "evidence.erased": {},
  "freeze.begin": {},
  "freeze.begin_employer": {},
  "freeze.approved": { must: "freeze" },
  "freeze.lift": { must: "freeze" },
  "token.made": {},
  "token.revoked": { may: "token" },
  "passkey.added": {},
  "passkey.removed": { must: "passkey" },
  "mail_domains.changed": {},
  "notice_addresses.changed": {},
  "doubt.raised": { must: "visit" },
  "doubt.answered": { must: "doubt" },
  "erase": {},
}));

/** Reads an entry: a map in CBOR's deterministic form, with these keys in this order (RFC 8949 §4.2.1). */
export function parse_leaf(bytes) {
  if (bytes.length > ENTRY_BYTES_MAX) throw new Fault("too-long", { most: ENTRY_BYTES_MAX });
  const refuse = () => { throw new Fault("not-an-entry"); };
  let at = 0;
  const take = (count) => {
    if (at + count > bytes.length) refuse();
    at += count;
    return bytes.subarray(at - count, at);
  };
  /** A head of this major type (RFC 8949 §3.1), in as few bytes as it can be. */
  const head = (major) => {
    const [first] = take(1);
    if (first >> 5 !== major) refuse();
    const info = first & 31;
    if (info < 24) return BigInt(info);
    if (info > 27) refuse();
    const number = take(1 << (info - 24)).reduce((sum, byte) => sum << 8n | BigInt(byte), 0n);
    if (number < [24n, 1n << 8n, 1n << 16n, 1n << 32n][info - 24]) refuse();
    return number;
  };
  const exactly = (major, length) => take(head(major) === BigInt(length) ? length : refuse());
  const unsigned = () => head(0);
  const text = () => String.fromCharCode(...take(Number(head(3))));
  const hex = (count) => [...exactly(2, count)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const runs = () => {
    const count = head(4);
    if (count === 0n || count > BigInt(RUNS_MAX)) refuse();
    let end = -1n;
    return Array.from({ length: Number(count) }, () => {
      if (head(4) !== 2n) refuse();
      const [first, length] = [unsigned(), unsigned()];
      if (first <= end || length === 0n || first + length > U64_MAX) refuse();
      end = first + length;
      return { first: Number(first), count: Number(length) };
    });
  };
  const values = {
    c: () => hex(32), t: unsigned, v: unsigned, ref: () => Number(unsigned()), rid: () => hex(16), ends: runs,
    kind: text, node: () => hex(16), actor: () => hex(16), epoch: unsigned,
  };
  const leaf = { ref: null, ends: [] };
  let keys = head(5);
  for (const [key, value] of Object.entries(values)) {
    const encoded = [0x60 + key.length, ...new TextEncoder().encode(key)];
    if (encoded.every((byte, place) => bytes[at + place] === byte)) {
      at += encoded.length;
      leaf[key] = value();
      keys -= 1n;
    } else if (!(key in leaf)) {
      refuse();
    }
  }
  if (keys !== 0n || at < bytes.length) refuse();
  if (leaf.v !== 1n) throw new Fault("version", { version: leaf.v });
  if (!KINDS.has(leaf.kind)) throw new Fault("kind");
  return leaf;
}

// --- The story -----------------------------------------------------------------------------------------------------

/** What is missing, where something rests on a request. */
const WITHOUT = {
  reviewed: "without-review", called: "without-call-back", form_sent: "without-form", matched: "without-returned-form", used: "without-change",
};

/** What may follow what. Each entry is told in order; the first that cannot be is thrown as a fault. */
export class Story {
  epoch = 0n;
  opened_at = null;
  time = 0n;
  disabled_by = null;
  confirmed = false;
  changes = [];
  /** Entry of each random id. */
  ids = new Map();
  /** What is referred to, by its entry; with `is` one of the words in `KINDS`. */
  things = new Map();
  /** Freezes for everybody that are not lifted, and the last that began. */
  frozen = new Map();
  frozen_last = -1;
  counts = { visits: 0, requests: 0, denied: 0, open_visits: 0, open_requests: 0, tokens_made: 0, tokens_revoked: 0, calls_with_words: 0, calls_without_words: 0 };
  people = new Set();

  tell(entry, leaf) {
    this.begins(entry, leaf);
    this.carries_epoch(leaf);
    const thing = this.refers(leaf);
    if (leaf.ends.length > 0 && !KINDS.get(leaf.kind).ends) throw new Fault("ends-nothing", { kind: leaf.kind });
    this[leaf.kind]?.(entry, leaf, thing);
    if (leaf.kind.startsWith("change_request.") && thing) this.step(leaf, thing);
    return leaf.kind;
  }

  // Rules of every entry

  begins(entry, { kind, t, rid }) {
    if (entry === 0 && kind !== "log.open") throw new Fault("not-opened");
    if (entry !== 0 && kind === "log.open") throw new Fault("opened-again");
    if (t > TIME_US_MAX) throw new Fault("no-such-time");
    if (t < this.time) throw new Fault("time-goes-back");
    if (this.ids.has(rid)) throw new Fault("same-id", { other: this.ids.get(rid) });
    this.ids.set(rid, entry);
    this.opened_at ??= t;
    this.time = t;
  }

  carries_epoch({ kind, epoch }) {
    const changes = ["support_access.disabled", "support_access.enabled"].includes(kind);
    const late = ["visit.progress", "visit.close", "access.denied"].includes(kind) && epoch < this.epoch;
    const wanted = changes ? this.epoch + 1n : this.epoch;
    if (epoch !== wanted && !late) {
      throw new Fault("epoch", { epoch, after: this.epoch });
    }
  }

  refers({ kind, ref }) {
    const { must, may } = KINDS.get(kind);
    if (ref === null) {
      if (must) throw new Fault("refers-not", { kind, thing: must });
      return null;
    }
    const wanted = must ?? may;
    if (!wanted) throw new Fault("refers-all-the-same", { kind, other: ref });
    const thing = this.things.get(ref);
    if (thing?.is !== wanted) throw new Fault("refers-to-another", { other: ref, thing: wanted });
    return thing;
  }

  // Visits

  "visit.open"(entry, { actor, epoch, kind }) {
    this.is_enabled(kind);
    this.things.set(entry, { is: "visit", entry, actor, epoch, open: new Set(), closed: false });
    this.counts.visits += 1;
    this.counts.open_visits += 1;
    this.people.add(actor);
  }

  "access.begin"(entry, { actor, epoch, kind }, visit) {
    this.is_enabled(kind);
    this.goes_on(visit);
    if (visit.actor !== actor) throw new Fault("another-person", { visit: visit.entry });
    if (visit.epoch !== epoch) throw new Fault("visit-before-change", { visit: visit.entry });
    if (visit.entry < this.frozen_last) throw new Fault("visit-before-freeze", { visit: visit.entry });
    visit.open.add(entry);
    this.counts.requests += 1;
    this.counts.open_requests += 1;
  }

  "visit.progress"(entry, { ends }, visit) {
    this.goes_on(visit);
    for (const { first, count } of ends) {
      let request = first;
      // At least once: beyond 2⁵³ a number and the next are one, and no entry is there.
      do {
        if (!visit.open.delete(request)) throw new Fault("ends-another", { other: request, visit: visit.entry });
        this.counts.open_requests -= 1;
        request += 1;
      } while (request < first + count);
    }
  }

  "visit.close"(entry, leaf, visit) {
    this["visit.progress"](entry, leaf, visit);
    const [open] = visit.open;
    if (open !== undefined) throw new Fault("closes-too-early", { visit: visit.entry, other: open });
    visit.closed = true;
    this.counts.open_visits -= 1;
  }

  "access.denied"() {
    this.counts.denied += 1;
  }

  is_enabled(kind) {
    if (this.disabled_by !== null) throw new Fault("while-disabled", { kind, other: this.disabled_by });
    const [freeze] = this.frozen.keys();
    if (freeze !== undefined) throw new Fault("while-frozen", { kind, other: freeze });
  }

  goes_on(visit) {
    if (visit.closed) throw new Fault("visit-over", { visit: visit.entry });
  }

  // The setting

  "support_access.disabled"(entry, leaf, request) {
    if (this.disabled_by !== null) throw new Fault("disabled-already");
    if (request) this.rests_on(request, "reviewed");
    this.change(entry, leaf, request, false);
  }

  "support_access.enabled"(entry, leaf, request) {
    if (this.disabled_by === null) throw new Fault("enabled-already");
    this.rests_on(request, "reviewed");
    if (request.used) throw new Fault("used-before", { request: request.entry });
    const wanted = request.signed ? 1 : 2;
    if (!request.signed) this.rests_on(request, "called");
    if (request.approved.size < wanted) {
      throw new Fault("too-few-approved", { request: request.entry, people: request.approved.size, wanted });
    }
    this.change(entry, leaf, request, true);
  }

  "support_access.confirmed"(entry, leaf, request) {
    if (this.disabled_by === null || this.confirmed) throw new Fault("nothing-to-confirm");
    this.rests_on(request, "form_sent");
    this.rests_on(request, "matched");
    if (request.found < 2) throw new Fault("without-second-finding", { request: request.entry });
    if (request.approved.size === 0) throw new Fault("without-approval", { request: request.entry });
    this.confirmed = true;
    request.used = true;
  }

  change(entry, { t }, request, enabled) {
    if (request) request.used = true;
    this.epoch += 1n;
    this.disabled_by = enabled ? null : entry;
    this.confirmed = false;
    this.changes.push({ entry, at: when(t), enabled, visits: this.counts.visits, denied: this.counts.denied });
  }

  rests_on(request, what) {
    this.is_not_over(request);
    if (!request[what]) throw new Fault(WITHOUT[what], { request: request.entry });
  }

  // Change requests

  "change_request.received"(entry) {
    this.things.set(entry, { is: "request", entry, approved: new Set(), found: 0, over: false });
  }

  /** A step of a request; what only has to have happened is noted under its name. */
  step({ kind, actor }, request) {
    const step = kind.slice("change_request.".length);
    if (step === "announced") {
      if (!request.processed) throw new Fault("announced-too-early", { request: request.entry });
      if (request.announced) throw new Fault("announced-again", { request: request.entry });
      request.announced = true;
      return;
    }
    this.is_not_over(request);
    if (step === "approved") {
      this.rests_on(request, "reviewed");
      if (request.approved.has(actor)) throw new Fault("approved-again", { request: request.entry });
      request.approved.add(actor);
    } else if (step === "found") {
      request.found += 1;
    } else if (step.startsWith("called")) {
      // Since calls say whether with words, one that does not has confirmed nothing.
      request.called = step !== "called" || this.counts.calls_with_words + this.counts.calls_without_words === 0;
    } else {
      if (step === "processed") this.rests_on(request, "used");
      request[step] = true;
      request.over = step === "processed" || step === "ended";
    }
  }

  // Calls

  "change_request.called_with_words"() {
    this.counts.calls_with_words += 1;
  }

  "change_request.called_without_words"() {
    this.counts.calls_without_words += 1;
  }

  "contact.called_with_words"() {
    this.counts.calls_with_words += 1;
  }

  "contact.called_without_words"() {
    this.counts.calls_without_words += 1;
  }

  is_not_over(request) {
    if (request.over) throw new Fault("goes-on", { thing: "request", other: request.entry });
  }

  // Security contacts, freezes, tokens, passkeys

  "contact_change.announced"(entry) {
    this.things.set(entry, { is: "change", entry, agreed: new Set(), over: false });
  }

  "contact_change.returned"(entry, leaf, change) {
    this.is_open(change);
    change.agreed.clear();
  }

  "contact_change.agreed"(entry, { actor }, change) {
    this.is_open(change);
    change.agreed.add(actor);
  }

  "contact_change.made"(entry, leaf, change) {
    this.is_open(change);
    if (change.agreed.size < 2) throw new Fault("too-few-agreed", { change: change.entry, people: change.agreed.size });
    change.over = true;
  }

  "contact_change.ended"(entry, leaf, change) {
    this.is_open(change);
    change.over = true;
  }

  "freeze.begin"(entry, { t }) {
    this["freeze.begin_employer"](entry);
    this.frozen.set(entry, when(t));
    this.frozen_last = entry;
  }

  "freeze.begin_employer"(entry) {
    this.things.set(entry, { is: "freeze", entry, wanted: new Set(), over: false });
  }

  "freeze.approved"(entry, { actor }, freeze) {
    this.is_open(freeze);
    if (freeze.wanted.has(actor)) throw new Fault("lift-wanted-again", { freeze: freeze.entry });
    freeze.wanted.add(actor);
  }

  "freeze.lift"(entry, leaf, freeze) {
    this.is_open(freeze);
    if (freeze.wanted.size < 2) throw new Fault("too-few-lift", { freeze: freeze.entry, people: freeze.wanted.size });
    freeze.over = true;
    this.frozen.delete(freeze.entry);
  }

  "token.made"(entry) {
    this.things.set(entry, { is: "token", entry, revoked: false });
    this.counts.tokens_made += 1;
  }

  /** Without a token where its making is from before logs told of tokens. */
  "token.revoked"(entry, leaf, token) {
    if (token?.revoked) throw new Fault("revoked-again", { token: token.entry });
    if (token) token.revoked = true;
    this.counts.tokens_revoked += 1;
  }

  "doubt.raised"(entry) {
    this.things.set(entry, { is: "doubt", entry, answered: false });
  }

  "doubt.answered"(entry, leaf, doubt) {
    if (doubt.answered) throw new Fault("answered-again", { doubt: doubt.entry });
    doubt.answered = true;
  }

  "passkey.added"(entry) {
    this.things.set(entry, { is: "passkey", entry, removed: false });
  }

  "passkey.removed"(entry, leaf, passkey) {
    if (passkey.removed) throw new Fault("removed-again", { passkey: passkey.entry });
    passkey.removed = true;
  }

  is_open(thing) {
    if (thing.over) throw new Fault("goes-on", { thing: thing.is, other: thing.entry });
  }

  /** What the whole log says, in figures. */
  figures() {
    const [frozen_since = null] = this.frozen.values();
    const last = this.changes.at(-1) ?? { visits: 0, denied: 0 };
    return {
      ...this.counts, people: this.people.size, changes: this.changes, frozen_since,
      visits_since_change: this.counts.visits - last.visits, denied_since_change: this.counts.denied - last.denied,
      opened_at: when(this.opened_at), last_at: when(this.time),
    };
  }
}

const when = (microseconds) => new Date(Number(microseconds / 1000n));
