/**
 * One duplex stream as a channel of NETCONF messages. Hides in how many ways a stream may end: an SSH
 * channel whose peer was killed closes without any error, others fail without closing.
 */
import type { Duplex } from "node:stream";

import { NetconfError, messageOf } from "./errors.ts";
import { MessageSplitter, encodeMessage } from "./framing.ts";

/** What happens on a link. */
export interface LinkEvents {
  /** A whole message. A `NetconfError` it throws ends the link. */
  onMessage(message: Buffer): void;
  /** The link is gone, and the stream destroyed. Called once, and not after `close`. */
  onEnd(error: NetconfError): void;
}

/** An open link. */
export interface Link {
  send(text: string): void;
  /** The beginning of what came after the last whole message. */
  unfinished(maxBytes: number): string;
  /** Destroys the stream. Nothing is called any more. */
  close(): void;
}

/** Takes over the stream; nobody else may read from it or write to it. */
export function openLink(
  stream: Duplex,
  events: LinkEvents,
  options: { maxMessageBytes?: number } = {},
): Link {
  const splitter = new MessageSplitter(options);
  let ended = false;

  const close = (): void => {
    ended = true;
    stream.destroy();
  };
  const end = (error: NetconfError): void => {
    if (ended) return;
    close();
    events.onEnd(error);
  };
  const receive = (chunk: Buffer): void => {
    if (ended) return;
    try {
      for (const message of splitter.push(chunk)) {
        if (!ended) events.onMessage(message);
      }
    } catch (error) {
      end(error instanceof NetconfError ? error : unreadable(error));
    }
  };
  const lost = (): void => {
    end(new NetconfError("ConnectionLost", "the device closed the NETCONF stream"));
  };

  // The listeners stay for the stream's whole life: an error after the end must find one, too.
  stream.on("data", receive);
  stream.on("end", lost);
  stream.on("close", lost);
  stream.on("error", (error: Error) => {
    end(new NetconfError("ConnectionLost", `the NETCONF stream broke: ${error.message}`, { cause: error }));
  });
  // A stream that died before it got here tells nobody again.
  if (stream.destroyed || stream.readableEnded) queueMicrotask(lost);

  return {
    send: (text) => {
      if (!ended) stream.write(encodeMessage(text));
    },
    unfinished: (maxBytes) => splitter.unfinished(maxBytes).toString("utf8"),
    close,
  };
}

function unreadable(error: unknown): NetconfError {
  const message = `a message could not be read: ${messageOf(error)}`;
  return new NetconfError("ReplyMalformed", message, { cause: error });
}
