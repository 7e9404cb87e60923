// Reads the transcript format of tests/transcripts/README.md, strictly: what it does not know is an error with its line number.

const STRING = String.raw`"(?:[^"\\]|\\.)*"`;
const MESSAGE = /^([A-Z][0-9]*)(>>|>!|>|<<|<\.\.\.|<)\s+(.+)$/s;
const CONNECTION = /^([A-Z][0-9]*)(?::(ws|tcp))?$/;
const HEADERS = ["transports", "connections", "option", "needs", "fresh"];

export function parse(name, text, suffix = "") {
  return new Parser(name, text, suffix).parse();
}

/** JSON in which ... may stand as a member. */
export function pattern(text) {
  return JSON.parse(text.replace(new RegExp(`${STRING}|\\.\\.\\.`, "g"), (m) => (m === "..." ? '"...":0' : m)));
}

export function toBytes(text) {
  const parts = [];
  const item = new RegExp(`\\s*([0-9A-Fa-f]{2}|${STRING})(?:\\*([0-9]+))?(?:\\s+|$)`, "y");
  while (item.lastIndex < text.length) {
    const start = item.lastIndex;
    const match = item.exec(text);
    if (!match) throw new Error(`bytes are pairs of hexadecimal digits and strings, not '${text.slice(start)}'`);
    const one = match[1][0] === '"' ? Buffer.from(JSON.parse(match[1])) : Buffer.from(match[1], "hex");
    for (let left = Number(match[2] ?? 1); left > 0; left--) parts.push(one);
  }
  return Buffer.concat(parts);
}

class Parser {
  constructor(name, text, suffix) {
    this.name = name;
    this.suffix = suffix;
    this.fresh = [];
    this.known = new Set();
    this.transcript = { name, transports: ["ws", "tcp"], connections: [["A", null]], options: {}, needs: new Set(), steps: [] };
    this.lines = this.logicalLines(text);
    this.next = 0;
  }

  logicalLines(text) {
    const lines = [];
    text.split("\n").forEach((raw, index) => {
      const line = raw.trimEnd();
      if (line === "" || line[0] === "#") return;
      if (!" \t".includes(line[0])) lines.push([index + 1, line]);
      else if (lines.length === 0) throw new Error(`${this.name}:${index + 1}: there is no line that this one could continue`);
      else lines.at(-1)[1] += " " + line.trim();
    });
    return lines;
  }

  parse() {
    const seen = new Set();
    while (this.next < this.lines.length && this.guarded((_, text) => this.header(text, seen))) this.next++;
    this.transcript.connections.forEach((connection) => this.know(connection));
    for (; this.next < this.lines.length; this.next++) this.transcript.steps.push(this.guarded((line, text) => this.step(line, text)));
    if (this.transcript.steps.length === 0) throw new Error(`${this.name}:1: there are no steps`);
    return this.transcript;
  }

  guarded(read) {
    const [line, text] = this.lines[this.next];
    try {
      return read(line, text);
    } catch (error) {
      throw error.message.startsWith(`${this.name}:`) ? error : new Error(`${this.name}:${line}: ${error.message}`);
    }
  }

  header(text, seen) {
    const [word, ...rest] = text.split(/\s+/);
    if (!HEADERS.includes(word)) return false;
    if (rest.length === 0 || (word !== "option" && seen.has(word))) throw new Error(`'${word}' says nothing, or is said twice`);
    seen.add(word);
    const transcript = this.transcript;
    if (word === "transports") transcript.transports = rest.map((w) => oneOf(w, "ws", "tcp", "mixed"));
    else if (word === "connections") transcript.connections = rest[0] === "none" ? [] : rest.map(connection);
    else if (word === "needs") rest.forEach((w) => transcript.needs.add(oneOf(w, "clock", "functions")));
    else if (word === "fresh") this.fresh = rest;
    else {
      const equals = text.indexOf("=");
      if (equals < 0) throw new Error("an option is NAME=VALUE");
      transcript.options[text.slice(7, equals).trim()] = text.slice(equals + 1).trim();
    }
    return true;
  }

  /** kind: send, sendBytes, expect, skipTo, expectBytes, anyOrder, eventually, sync, nothing, closed, connect, close, cut, advance. */
  step(line, text) {
    const match = MESSAGE.exec(text);
    if (match) return this.message(line, this.isKnown(match[1]), match[2], match[3]);
    const words = text.match(new RegExp(`${STRING}|\\S+`, "g"));
    const [first, second, third] = words;
    const names = (from) => words.slice(from).map((w) => this.isKnown(w));
    if (text === "any order") return { line, kind: "anyOrder", steps: this.block(line, ["expect"]) };
    if (text === "eventually") return { line, kind: "eventually", steps: this.block(line, ["send", "expect"]) };
    if (first === "sync" && words.length > 1) return { line, kind: "sync", value: names(1) };
    if (first === "expect" && second === "nothing" && words.length > 2) return { line, kind: "nothing", value: names(2) };
    if (first === "expect" && second === "closed" && [3, 4].includes(words.length))
      return { line, kind: "closed", connection: this.isKnown(third), value: words[3] === undefined ? null : number(words[3]) };
    if (["close", "cut"].includes(first) && words.length === 2) return { line, kind: first, connection: this.isKnown(second) };
    if (first === "connect" && words.length > 1) return this.connect(line, words);
    if (first === "advance" && words.length === 2 && /^[0-9]+(\.[0-9]+)?(ms|s|m|h)$/.test(second)) {
      this.transcript.needs.add("clock");
      return { line, kind: "advance", value: second };
    }
    throw new Error(`no such line: ${text}`);
  }

  message(line, connection, arrow, text) {
    if (arrow === ">>" || arrow === "<<") return { line, kind: arrow === ">>" ? "sendBytes" : "expectBytes", connection, value: toBytes(text) };
    for (const word of this.fresh)
      text = text.replace(new RegExp(`(?<![\\w-])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\w-])`, "g"), word + this.suffix);
    text = text.replace(/<repeat:([^:>]+):([0-9]+)>/g, (_, what, times) => what.repeat(Number(times)));
    if (arrow[0] === "<") return { line, kind: arrow === "<" ? "expect" : "skipTo", connection, value: pattern(text) };
    if (arrow === ">") JSON.parse(text);
    return { line, kind: "send", connection, value: text };
  }

  block(line, kinds) {
    const steps = [];
    for (this.next++; this.next < this.lines.length; this.next++) {
      if (this.lines[this.next][1] === "end") {
        if (steps.length === 0) throw new Error("the block is empty");
        return steps;
      }
      const step = this.guarded((at, text) => this.step(at, text));
      if (!kinds.includes(step.kind)) throw new Error(`${this.name}:${step.line}: this line cannot stand in the block of line ${line}`);
      steps.push(step);
    }
    throw new Error(`${this.name}:${line}: the block has no 'end'`);
  }

  connect(line, words) {
    const [name, transport] = this.know(connection(words[1]));
    let rest = words.slice(2);
    let refused = null;
    if (rest.at(-2) === "refused") {
      refused = number(rest.at(-1));
      rest = rest.slice(0, -2);
    }
    const headers = rest.map((word) => {
      const header = word[0] === '"' ? JSON.parse(word) : "";
      const colon = header.indexOf(":");
      if (colon <= 0) throw new Error(`a header is "Name: value", not ${word}`);
      return [header.slice(0, colon), header.slice(colon + 1).trim()];
    });
    return { line, kind: "connect", connection: name, value: { transport, headers, refused } };
  }

  know(connection) {
    if (connection[1] === null && this.transcript.transports.includes("mixed"))
      throw new Error(`${this.name}: with transports mixed ${connection[0]} must name its own`);
    this.known.add(connection[0]);
    return connection;
  }

  isKnown(name) {
    if (!this.known.has(name)) throw new Error(`there is no connection ${name}`);
    return name;
  }
}

function connection(word) {
  const match = CONNECTION.exec(word);
  if (!match) throw new Error(`'${word}' is no connection: one upper-case letter, digits, and perhaps :ws or :tcp`);
  return [match[1], match[2] ?? null];
}

function number(word) {
  if (!/^[0-9]+$/.test(word)) throw new Error(`'${word}' is no number`);
  return Number(word);
}

function oneOf(word, ...allowed) {
  if (!allowed.includes(word)) throw new Error(`'${word}' is none of ${allowed.join(", ")}`);
  return word;
}
