#!/usr/bin/env node
// Plays transcripts against a running server, over each transport whose URL is given. See README.md.

import { randomBytes } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { Closed, PATIENCE_MS, TcpConnection, WebSocketConnection } from "./connections.mjs";
import { Failure, Matcher } from "./matcher.mjs";
import { parse } from "./transcript.mjs";

const TRANSPORTS = ["ws", "wss", "tcp", "tcps"];

class Runner {
  connections = new Map();
  matcher = new Matcher();

  constructor(urls, security, transport) {
    Object.assign(this, { urls, security, transport });
  }

  async run(transcript) {
    let line = 0;
    try {
      for (const [name, own] of transcript.connections) await this.connect(name, own, [], null);
      for (const step of transcript.steps) {
        line = step.line;
        await this.play(step);
      }
      line = "end";
      await this.nothing([...this.connections.keys()]);
    } catch (error) {
      error.message = `${transcript.name}.txt:${line} over ${this.transport}: ${error.message}`;
      throw error;
    } finally {
      for (const connection of this.connections.values()) await connection.dispose();
    }
  }

  async play(step) {
    const { kind, value } = step;
    if (kind === "send") this.connection(step.connection).send(this.matcher.substitute(value));
    else if (kind === "sendBytes") this.connection(step.connection).sendBytes(value);
    else if (kind === "expect" || kind === "skipTo") await this.expect(step);
    else if (kind === "expectBytes") await this.expectBytes(step);
    else if (kind === "anyOrder") await this.anyOrder(step);
    else if (kind === "eventually") await this.eventually(step);
    else if (kind === "sync") for (const name of value) await this.connection(name).sync();
    else if (kind === "nothing") await this.nothing(value);
    else if (kind === "closed") await this.closed(step);
    else if (kind === "connect") await this.connect(step.connection, value.transport, value.headers, value.refused);
    else await this.end(step);
  }

  connection(name) {
    const connection = this.connections.get(name);
    if (!connection) throw new Failure(`${name} is not connected`);
    return connection;
  }

  async take(name) {
    const message = await this.connection(name).take();
    if (message instanceof Closed) throw new Failure(`${name} was closed (${message.code})`);
    return message;
  }

  async expect(step) {
    for (;;) {
      const message = await this.take(step.connection);
      const before = new Map(this.matcher.bound);
      const mismatch = this.matcher.mismatch(step.value, asJson(message));
      if (mismatch === null) return;
      this.matcher.bound = before;
      if (step.kind === "expect") throw new Failure(`${mismatch}\n  ${step.connection} got ${message}`);
    }
  }

  async expectBytes(step) {
    let actual = Buffer.alloc(0);
    while (actual.length < step.value.length)
      actual = Buffer.concat([actual, this.connection(step.connection).onTheWire(await this.take(step.connection))]);
    if (!actual.equals(step.value)) throw new Failure(`expected the bytes ${step.value.toString("hex")}, ${step.connection} got ${actual.toString("hex")}`);
  }

  async anyOrder(block) {
    for (const name of new Set(block.steps.map((step) => step.connection))) {
      const patterns = block.steps.filter((step) => step.connection === name).map((step) => step.value);
      const messages = [];
      while (messages.length < patterns.length) messages.push(asJson(await this.take(name)));
      const mismatch = this.matcher.mismatchUnordered(patterns, messages);
      if (mismatch !== null) throw new Failure(`${name}, in any order: ${mismatch}`);
    }
  }

  async eventually(block) {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const before = new Map(this.matcher.bound);
      try {
        for (const step of block.steps) await this.play(step);
        return;
      } catch (error) {
        if (!(error instanceof Failure) || performance.now() > until) throw error;
        this.matcher.bound = before;
      }
    }
  }

  async nothing(names) {
    for (const name of names) await this.connection(name).sync();
    for (const name of names) {
      const [left] = this.connection(name).passedOver;
      if (left) throw new Failure(`expected nothing, ${name} got ${left}`);
    }
  }

  async closed(step) {
    const connection = this.connection(step.connection);
    const message = await connection.take();
    if (!(message instanceof Closed)) throw new Failure(`expected ${step.connection} to be closed, it got ${message}`);
    if (step.value !== null && connection instanceof WebSocketConnection && message.code !== step.value)
      throw new Failure(`expected ${step.connection} to be closed with ${step.value}, it was with ${message.code}`);
    this.connections.delete(step.connection);
  }

  async end(step) {
    const connection = this.connection(step.connection);
    this.connections.delete(step.connection);
    if (step.kind === "close") await connection.close();
    await connection.dispose();
  }

  async connect(name, own, headers, refused) {
    if (this.connections.has(name)) throw new Failure(`${name} is connected already`);
    let transport = own ?? this.transport;
    if (!(transport in this.urls)) transport += "s";
    const kind = transport.startsWith("tcp") ? TcpConnection : WebSocketConnection;
    const [connection, status] = await kind.open(name, this.urls[transport], this.security, headers);
    if (connection) this.connections.set(name, connection);
    if (status !== (refused ?? 101)) throw new Failure(`expected ${name} to get HTTP ${refused ?? 101}, it got ${status}`);
  }
}

function asJson(message) {
  try {
    return JSON.parse(message);
  } catch (error) {
    throw new Failure(`this is not JSON: ${error.message}\n  got ${message}`);
  }
}

function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true }).filter((file) => file.endsWith(".txt")).sort().map((file) => join(path, file));
}

function runsOf(transcript, urls) {
  const given = Object.keys(urls);
  const has = (kind) => given.some((transport) => transport.startsWith(kind));
  if (transcript.transports.includes("mixed")) return has("ws") && has("tcp") ? ["mixed"] : [];
  return given.filter((transport) => transcript.transports.some((allowed) => transport.startsWith(allowed)));
}

function lacking(transcript, args) {
  const needs = [...transcript.needs].filter((need) => !args.has.includes(need));
  const options = Object.entries(transcript.options).map(([name, value]) => `${name}=${value}`);
  return [...needs, ...options.filter((option) => !args.option.includes(option))];
}

async function main() {
  const text = { type: "string" };
  const list = { type: "string", multiple: true, default: [] };
  const { values: args, positionals } = parseArgs({
    allowPositionals: true,
    options: { ws: text, wss: text, tcp: text, tcps: text, ca: text, insecure: { type: "boolean" }, has: list, option: list },
  });
  const security = { ca: args.ca && readFileSync(args.ca), rejectUnauthorized: !args.insecure };
  const urls = Object.fromEntries(TRANSPORTS.filter((transport) => args[transport]).map((transport) => [transport, args[transport]]));
  let [passed, failed, skipped] = [0, 0, 0];
  for (const file of positionals.flatMap(filesOf)) {
    const name = basename(file, ".txt");
    const source = readFileSync(file, "utf8");
    const transcript = parse(name, source);
    const runs = runsOf(transcript, urls);
    const lack = lacking(transcript, args);
    if (lack.length > 0) {
      skipped += Math.max(runs.length, 1);
      console.log(`skipped ${name}: needs ${lack.join(", ")}`);
      continue;
    }
    for (const transport of runs) {
      try {
        await new Runner(urls, security, transport).run(parse(name, source, `-${randomBytes(3).toString("hex")}`));
        passed++;
      } catch (error) {
        failed++;
        console.log(`FAILED ${error instanceof Failure ? error.message : error.stack}`);
      }
    }
  }
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed > 0 ? 1 : 0;
}

process.exitCode = await main();
