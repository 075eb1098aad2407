/** Two ends of a connection in memory. Destroying one ends the other, as a broken link does: without an error. */
import { Duplex } from "node:stream";

class End extends Duplex {
  peer: End | undefined;
  #resume: (() => void) | undefined;

  override _read(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.peer === undefined || this.peer.destroyed || this.peer.push(chunk)) done();
    else this.peer.#resume = done;
  }

  override _final(done: () => void): void {
    this.#hangUp();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#hangUp();
    done(error);
  }

  #hangUp(): void {
    if (this.peer !== undefined && !this.peer.destroyed && !this.peer.readableEnded) this.peer.push(null);
  }
}

/** What is written into one end comes out of the other. */
export function duplexPair(): [Duplex, Duplex] {
  const left = new End();
  const right = new End();
  left.peer = right;
  right.peer = left;
  return [left, right];
}
