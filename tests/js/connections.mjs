// The two kinds of connection that a transcript plays: each reads whole messages into an inbox, from which steps take them.

import net from "node:net";
import tls from "node:tls";
import WebSocket from "ws";
import { Failure } from "./matcher.mjs";

export const PATIENCE_MS = 10_000;

/** The end of a connection, in place of a message. */
export class Closed {
  constructor(code = null) {
    this.code = code;
  }
}

class Connection {
  constructor(name) {
    this.name = name;
    this.arrived = [];
    this.passedOver = [];
    this.syncs = 0;
    this.wake = () => {};
    this.ended = new Promise((resolve) => (this.markEnded = resolve));
  }

  push(message) {
    if (this.over) return;
    this.arrived.push(message);
    this.wake();
    if (message instanceof Closed) {
      this.over = true;
      this.markEnded();
    }
  }

  async next() {
    if (this.arrived.length === 0) {
      let timer;
      await new Promise((resolve) => {
        this.wake = resolve;
        timer = setTimeout(resolve, PATIENCE_MS);
      });
      clearTimeout(timer);
    }
    if (this.arrived.length === 0) throw new Failure(`no message came to ${this.name} within ${PATIENCE_MS / 1000} s`);
    return this.arrived.shift();
  }

  async take() {
    return this.passedOver.length > 0 ? this.passedOver.shift() : this.next();
  }

  async sync() {
    const u = `sync-${++this.syncs}`;
    this.send(JSON.stringify({ role: "rpc", u, cmds: [{ name: "sync", fun: "ping" }] }));
    for (;;) {
      const message = await this.next();
      if (message instanceof Closed) throw new Failure(`${this.name} was closed (${message.code}) while it waited for the answer to ping; before came ${this.passedOver}`);
      if (isAnswerTo(u, message)) return;
      this.passedOver.push(message);
    }
  }

  async dispose() {
    this.cut();
    await this.ended;
  }
}

function isAnswerTo(u, message) {
  if (!message.includes(u)) return false;
  try {
    return JSON.parse(message)?.u === u;
  } catch {
    return false; // not JSON, so no answer to ping
  }
}

export class WebSocketConnection extends Connection {
  /** The connection and 101, or null and the HTTP status of the refusal. */
  static open(name, url, security, headers) {
    const self = new WebSocketConnection(name);
    const socket = new WebSocket(url, { ...security, headers: Object.fromEntries(headers), perMessageDeflate: false, maxPayload: 0 });
    self.socket = socket;
    return new Promise((resolve, reject) => {
      socket.on("open", () => resolve([self, 101]));
      socket.on("message", (data) => self.push(Buffer.from(data)));
      socket.on("close", (code) => self.push(new Closed(code)));
      socket.on("error", reject);
      socket.on("unexpected-response", (request, response) => {
        request.destroy();
        resolve([null, response.statusCode]);
      });
    });
  }

  // What the server said before it closed is in the inbox, so sending to a closed socket is no error here.
  send(text) {
    this.socket.send(text, { binary: false }, () => {});
  }

  sendBytes(bytes) {
    this.socket.send(bytes, { binary: true }, () => {});
  }

  onTheWire(message) {
    return message;
  }

  async close() {
    this.socket.close(1000);
    await this.ended;
  }

  cut() {
    this.socket.terminate();
  }
}

export class TcpConnection extends Connection {
  static open(name, url, security) {
    const { hostname, port, protocol } = new URL(url);
    const self = new TcpConnection(name);
    const secure = protocol === "tcps:";
    const socket = secure ? tls.connect({ ...security, host: hostname, port: Number(port) }) : net.connect({ host: hostname, port: Number(port) });
    self.socket = socket.setNoDelay(true);
    self.buffer = Buffer.alloc(0);
    return new Promise((resolve, reject) => {
      socket.on(secure ? "secureConnect" : "connect", () => resolve([self, 101]));
      socket.on("data", (data) => self.read(data));
      socket.on("error", reject);
      socket.on("close", () => self.push(new Closed()));
    });
  }

  read(data) {
    this.buffer = Buffer.concat([this.buffer, data]);
    while (this.buffer.length >= 4 && this.buffer.length >= 4 + this.buffer.readUInt32BE(0)) {
      const end = 4 + this.buffer.readUInt32BE(0);
      this.push(this.buffer.subarray(4, end));
      this.buffer = this.buffer.subarray(end);
    }
  }

  send(text) {
    this.sendBytes(this.onTheWire(Buffer.from(text)));
  }

  sendBytes(bytes) {
    if (this.socket.writable) this.socket.write(bytes);
  }

  onTheWire(message) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(message.length);
    return Buffer.concat([length, message]);
  }

  async close() {
    this.socket.end();
    await this.ended;
  }

  cut() {
    // A TLS socket cannot send a reset of its own.
    if (this.socket instanceof tls.TLSSocket) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }
}
