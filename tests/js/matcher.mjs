// Compares received JSON with the patterns of transcripts. Integers beyond 2^53 are compared as the doubles that JavaScript reads.

const ID = /<id:([A-Za-z0-9_]+)([+-][0-9]+)?>/;
const WHOLE_ID = new RegExp(`^${ID.source}$`);
const GREATER = /^<greater:([A-Za-z0-9_]+)>$/;

/** The server did not do what the transcript says. */
export class Failure extends Error {}

const isObject = (v) => typeof v === "object" && v !== null && !Array.isArray(v);
const show = (v) => JSON.stringify(v);
const textOf = (v) => (typeof v === "string" ? v : show(v));
const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const TYPES = {
  "<any>": () => true,
  "<string>": (v) => typeof v === "string",
  "<number>": (v) => typeof v === "number",
  "<int>": (v) => Number.isInteger(v),
  "<bool>": (v) => typeof v === "boolean",
  "<object>": isObject,
  "<array>": Array.isArray,
  "<time>": (v) => typeof v === "number" && v > 1e9 && v < 1e11,
};

/** Holds what the ids are bound to. What a failed comparison has bound stays: restore a copy of bound to try again. */
export class Matcher {
  bound = new Map();

  substitute(text) {
    return text
      .replace(new RegExp(`"${ID.source}"`, "g"), (...m) => show(this.value(m[1], m[2])))
      .replace(new RegExp(ID.source, "g"), (...m) => textOf(this.value(m[1], m[2])));
  }

  value(name, by) {
    if (!this.bound.has(name)) throw new Failure(`<id:${name}> is used before anything was bound to it`);
    const value = this.bound.get(name);
    if (by === undefined) return value;
    if (!Number.isInteger(value)) throw new Failure(`${show(value)} is no integer that ${by} could be added to`);
    return value + Number(by);
  }

  /** What differs first, or null. */
  mismatch(pattern, actual, path = "$") {
    let same;
    if (typeof pattern === "string") same = this.matchesText(pattern, actual);
    else if (isObject(pattern) && isObject(actual)) return this.mismatchObject(pattern, actual, path);
    else if (Array.isArray(pattern) && Array.isArray(actual)) return this.mismatchArray(pattern, actual, path);
    else same = pattern === actual;
    return same ? null : `${path}: expected ${show(pattern)}, got ${show(actual)}`;
  }

  mismatchObject(pattern, actual, path) {
    for (const [name, expected] of Object.entries(pattern)) {
      if (name === "...") continue;
      if (!Object.hasOwn(actual, name)) {
        if (expected !== "<absent>") return `${path}.${name}: expected ${show(expected)}, the member is missing`;
      } else if (expected === "<absent>") {
        return `${path}.${name}: expected no such member, got ${show(actual[name])}`;
      } else {
        const mismatch = this.mismatch(expected, actual[name], `${path}.${name}`);
        if (mismatch !== null) return mismatch;
      }
    }
    const extra = Object.hasOwn(pattern, "...") ? undefined : Object.keys(actual).find((name) => !Object.hasOwn(pattern, name));
    return extra === undefined ? null : `${path}.${extra}: unexpected member ${show(actual[extra])}`;
  }

  mismatchArray(pattern, actual, path) {
    if (pattern[0] === "<unordered>") {
      const problem = this.mismatchUnordered(pattern.slice(1), actual);
      return problem === null ? null : `${path}: ${problem}`;
    }
    if (pattern.length !== actual.length) return `${path}: expected ${pattern.length} items, got ${show(actual)}`;
    for (let i = 0; i < pattern.length; i++) {
      const mismatch = this.mismatch(pattern[i], actual[i], `${path}[${i}]`);
      if (mismatch !== null) return mismatch;
    }
    return null;
  }

  mismatchUnordered(patterns, items) {
    if (patterns.length !== items.length) return `expected ${patterns.length} items, got ${items.length}`;
    if (patterns.length === 0) return null;
    const problems = [];
    const before = new Map(this.bound);
    for (let i = 0; i < items.length; i++) {
      const problem = this.mismatch(patterns[0], items[i]) ?? this.mismatchUnordered(patterns.slice(1), items.toSpliced(i, 1));
      if (problem === null) return null;
      problems.push(problem);
      this.bound = new Map(before);
    }
    return `nothing matches ${show(patterns[0])}: ${problems.join("; ")}`;
  }

  matchesText(pattern, actual) {
    if (Object.hasOwn(TYPES, pattern)) return TYPES[pattern](actual);
    const greater = GREATER.exec(pattern);
    if (greater) return typeof actual === "number" && actual > this.value(greater[1]);
    const id = WHOLE_ID.exec(pattern);
    if (id && (this.bound.has(id[1]) || id[2])) return show(this.value(id[1], id[2])) === show(actual);
    if (id) this.bound.set(id[1], actual);
    return id ? true : typeof actual === "string" && this.matchesPieces(pattern, actual);
  }

  /** A string with placeholders inside becomes a regular expression; its captures are bound. */
  matchesPieces(pattern, actual) {
    let regex = "";
    let end = 0;
    const unbound = [];
    for (const piece of pattern.matchAll(new RegExp(`<any>|${ID.source}`, "g"))) {
      regex += escape(pattern.slice(end, piece.index));
      end = piece.index + piece[0].length;
      if (piece[0] === "<any>") regex += ".*?";
      else if (this.bound.has(piece[1])) regex += escape(textOf(this.value(piece[1], piece[2])));
      else {
        regex += "(.+?)";
        unbound.push(piece[1]);
      }
    }
    const match = new RegExp(`^${regex}${escape(pattern.slice(end))}$`, "s").exec(actual);
    if (match) unbound.forEach((name, i) => this.bound.set(name, match[i + 1]));
    return match !== null;
  }
}
