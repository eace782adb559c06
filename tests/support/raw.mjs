// Requests as they are written, byte for byte: what no browser or library would send.

import { connect } from "node:net";

const PATIENCE_MS = 5_000;

/** Sends `text` to a port of this machine; resolves to all that comes back until the other side closes. */
export function send(port, text) {
  return new Promise((resolve, reject) => {
    const received = [];
    const socket = connect(port, "127.0.0.1", () => socket.write(text, "latin1"));
    const done = () => resolve(Buffer.concat(received).toString("latin1"));
    socket.setTimeout(PATIENCE_MS, () => { socket.destroy(); done(); });
    socket.on("data", (bytes) => received.push(bytes));
    socket.on("close", done);
    socket.on("error", (error) => (error.code === "ECONNRESET" || error.code === "EPIPE" ? done() : reject(error)));
  });
}
