// Draws how a log's entries hang together: below them in a row, above them what each two have in common, up to one that is
// held against what was signed. The drawing has the tree's own shape (RFC 6962): where there is no room for every entry, each
// box is a whole subtree.
//
// Absent: what is checked, and what is wrong. It is told. What it says in words is `text` and `words` of texts.js.

const SVG = "http://www.w3.org/2000/svg";
/** Pixels: a box and the room around it, a level of the tree, the seal on top. */
const BOX_MAX = 26;
const BOX_MIN = 9;
const GAP = 3;
const LEVEL = 30;
const SEAL = { width: 190, height: 44 };
const MARGIN = 12;

/** What a box shows, the most important first. */
const SHOWN = [
  ["setting", (kind) => kind.startsWith("support_access.") || kind === "freeze.begin" || kind === "freeze.lift"],
  ["refused", (kind) => kind === "access.denied"],
  ["visit", (kind) => kind.startsWith("visit.") || kind === "access.begin"],
  ["other", () => true],
];

function element(name, attributes, parent, text) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  if (text !== undefined) made.textContent = text;
  parent?.append(made);
  return made;
}

/** What a box says without colour. */
function sign(shown, { x, y, size }, parent) {
  const [middle, right, bottom, third] = [x + size / 2, x + size, y + size, size * 0.28];
  if (shown === "setting") {
    element("path", { d: `M${middle} ${y + third}L${right - third} ${y + size / 2}L${middle} ${bottom - third}L${x + third} ${y + size / 2}Z` }, parent);
  } else if (shown === "refused") {
    element("path", { d: `M${x + third} ${bottom - third}L${right - third} ${y + third}` }, parent);
  } else if (shown === "visit") {
    element("circle", { cx: middle, cy: y + size / 2, r: size * 0.17 }, parent);
  }
}

function box(shown, place, parent) {
  const group = element("g", { class: `box ${shown}` }, parent);
  element("rect", { x: place.x, y: place.y, width: place.size, height: place.size, rx: 3 }, group);
  sign(shown, place, group);
  return group;
}

/** A picture of a log of `size` entries in `place`. */
export class Picture {
  constructor(place, size) {
    const width = Math.max(280, Math.min(place.clientWidth, 920));
    const most = Math.floor((width - 2 * MARGIN) / (BOX_MIN + GAP));
    this.size = size;
    this.chunk = 1;
    while (Math.ceil(size / this.chunk) > Math.min(most, 64)) this.chunk *= 2;
    this.count = Math.ceil(size / this.chunk);
    this.step = Math.min(BOX_MAX + GAP, (width - 2 * MARGIN) / this.count);
    this.left = (width - this.step * this.count) / 2;
    this.kinds = Array.from({ length: this.count }, () => new Set());
    this.boxes = [];
    this.nodes = [];
    const levels = Math.ceil(Math.log2(this.count)) + 1;
    this.bottom = SEAL.height + MARGIN + 26 + levels * LEVEL;
    const height = this.bottom + this.step + 34;
    this.svg = element("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": words("verify-picture-waiting") });
    this.links = element("g", { class: "links" }, this.svg);
    this.root = this.grow(0, this.count, SEAL.height + MARGIN + 26);
    this.seal = element("g", { class: "seal" }, this.svg);
    const middle = this.root.x;
    element("rect", { x: middle - SEAL.width / 2, y: 1, width: SEAL.width, height: SEAL.height, rx: 8 }, this.seal);
    element("text", { x: middle, y: 19, class: "name" }, this.seal, words("verify-picture-signed"));
    element("text", { x: middle, y: 36 }, this.seal, words("verify-count-entries", { count: size }));
    this.relation = element("text", { x: middle, y: SEAL.height + 21, class: "relation" }, this.svg, "?");
    place.replaceChildren(this.svg);
  }

  /** The node over the boxes from `first` on, with all below it. */
  grow(first, end, y) {
    const node = { first, end, x: this.left + ((first + end) * this.step - GAP) / 2, y };
    if (end - first > 1) {
      let split = 1;
      while (split * 2 < end - first) split *= 2;
      node.below = [this.grow(first, first + split, y + LEVEL), this.grow(first + split, end, y + LEVEL)];
    } else {
      node.below = [this.place(first)];
      // The only box has something above it, too: what is held against the signature.
      if (this.count > 1) return node.below[0];
    }
    for (const part of node.below) {
      part.link = element("path", { d: `M${node.x} ${node.y}V${node.y + LEVEL / 2}H${part.x}V${part.y}` }, this.links);
    }
    node.mark = element("circle", { cx: node.x, cy: node.y, r: this.count === end - first ? 6 : 3.5, class: "node" }, this.svg);
    this.nodes.push(node);
    return node;
  }

  /** A box, and where lines lead to it. */
  place(at) {
    const size = this.step - GAP;
    const place = { x: this.left + at * this.step, y: this.bottom, size };
    this.boxes[at] = { place };
    this.draw(at, "waiting");
    return { first: at, end: at + 1, x: place.x + size / 2, y: place.y };
  }

  draw(at, shown) {
    const known = this.boxes[at];
    known.drawn?.remove();
    known.drawn = box(shown, known.place, this.svg);
    const [first, last] = [at * this.chunk, Math.min((at + 1) * this.chunk, this.size) - 1];
    const kinds = [...this.kinds[at]].join(", ");
    const which = first === last ? words("verify-picture-entry", { entry: first }) : words("verify-picture-entries", { first, last });
    element("title", {}, known.drawn, `${which}${kinds && `: ${kinds}`}`);
  }

  /** These entries were read and hashed; `kinds` are those of the last of them. */
  checked(checked, kinds) {
    kinds.forEach((kind, at) => {
      if (kind) this.kinds[Math.floor((checked - kinds.length + at) / this.chunk)].add(kind);
    });
    const whole = checked === this.size ? this.count : Math.floor(checked / this.chunk);
    for (let at = Math.floor((checked - kinds.length) / this.chunk); at < whole; at += 1) {
      const [shown] = SHOWN.find(([, fits]) => [...this.kinds[at]].some(fits)) ?? ["other"];
      this.draw(at, shown);
    }
    for (const node of this.nodes) if (node.end <= whole) this.mark(node, "done", () => true);
  }

  /** Marks a node, and the lines from it to what `leads` there. */
  mark(node, how, leads) {
    node.mark.classList.add(how);
    for (const part of node.below.filter(leads)) part.link.classList.add(how);
  }

  /** All fits: what was worked out is what was signed. `kept` entries were there when somebody last looked. */
  sound(kept) {
    this.seal.classList.add("done");
    this.relation.textContent = "= ✓";
    this.relation.classList.add("done");
    this.svg.setAttribute("aria-label", words("verify-picture-sound", { count: this.size }));
    if (kept > 0) this.bracket(kept);
  }

  /** It does not; `entry` is where, if that is known. */
  unsound(entry, why) {
    this.svg.setAttribute("aria-label", words("verify-picture-unsound", { why }));
    const at = entry === null ? null : Math.floor(entry / this.chunk);
    this.relation.textContent = at === null ? "≠ ✕" : "✕";
    this.relation.classList.add("bad");
    if (at === null) {
      this.mark(this.root, "bad", () => false);
      return;
    }
    this.draw(at, "bad");
    const { x, y, size } = this.boxes[at].place;
    element("path", { d: `M${x + 4} ${y + 4}L${x + size - 4} ${y + size - 4}M${x + size - 4} ${y + 4}L${x + 4} ${y + size - 4}` }, this.boxes[at].drawn);
    const leads = ({ first, end }) => first <= at && at < end;
    for (const node of this.nodes.filter(leads)) this.mark(node, "bad", leads);
    const label = element("text", { x: x + size / 2, y: y + size + 20, class: "bad" }, this.svg, words("verify-picture-entry", { entry }));
    // In the style sheet's stead, which has it in the middle: beside an edge it would be cut off.
    const edge = this.svg.viewBox.baseVal.width;
    label.classList.add(x < 60 ? "at-left" : x > edge - 60 ? "at-right" : "between");
    label.setAttribute("x", x < 60 ? x : x > edge - 60 ? x + size : x + size / 2);
  }

  bracket(kept) {
    const y = this.bottom + this.step + 6;
    const end = this.left + Math.min(kept / this.chunk, this.count) * this.step - GAP;
    element("path", { d: `M${this.left} ${y - 4}V${y}H${end}V${y - 4}`, class: "bracket" }, this.svg);
    element("text", { x: this.left, y: y + 17, class: "bracket" }, this.svg, words("verify-picture-kept", { count: kept }));
  }

  /** What the boxes mean, in words. */
  legend(place) {
    const meant = {
      setting: text("verify-picture-setting"), refused: text("verify-picture-refused"), visit: text("verify-picture-visit"),
      other: text("verify-picture-other"),
    };
    const items = SHOWN.map(([shown]) => {
      const item = document.createElement("span");
      const small = element("svg", { viewBox: "0 0 18 18", width: 18, height: 18, "aria-hidden": "true" });
      box(shown, { x: 1, y: 1, size: 16 }, small);
      item.append(small, " ", meant[shown]);
      return item;
    });
    const first = document.createElement("p");
    first.append(text("verify-picture-box", { count: this.chunk }), " ", text("verify-picture-above"));
    place.replaceChildren(first, ...items);
  }
}
