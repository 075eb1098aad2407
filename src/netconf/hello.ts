/**
 * The exchange of hellos (RFC 6241 §8.1). Junos may say a good deal before its own: comments, login banners,
 * complaints of its management daemon.
 */
import { NetconfError } from "./errors.ts";
import { parseXml, renderXml } from "./xml.ts";
import { element, findAll, find, textAt } from "./xmlNode.ts";

/** The namespace of RFC 6241, which is also the prefix of its first capability. */
export const BASE_NAMESPACE = "urn:ietf:params:xml:ns:netconf:base:1.0";

const BASE_CAPABILITY = "urn:ietf:params:netconf:base:1.0";

/** What a device says of itself at the start of a session. */
export interface Hello {
  /** On Junos the process id of the management daemon that serves this session. */
  readonly sessionId: string | undefined;
  readonly capabilities: readonly string[];
}

/** Our own hello. Only base:1.0 is announced, so that framing stays `]]>]]>` on every release. */
export function renderHello(): string {
  return renderXml(
    element("nc:hello", [element("nc:capabilities", [element("nc:capability", BASE_CAPABILITY)])], {
      "xmlns:nc": BASE_NAMESPACE,
    }),
  );
}

/**
 * Reads the hello out of a message; undefined when there is none in it. Throws `NetconfError` `HelloInvalid`
 * when it is broken, or the peer does not speak base:1.0.
 */
export function readHello(message: string): Hello | undefined {
  const start = message.search(/<(?:[\w.-]+:)?hello[\s>]/);
  const end = [...message.matchAll(/<\/(?:[\w.-]+:)?hello\s*>/g)].at(-1);
  if (start === -1 || end === undefined) return undefined;
  const hello = parseHello(message.slice(start, end.index + end[0].length));
  const capabilities = findAll(find(hello, "capabilities"), "capability").map(({ text }) => text);
  if (!capabilities.some(isBase)) {
    throw new NetconfError("HelloInvalid", "the peer's hello does not announce NETCONF base:1.0");
  }
  return { sessionId: textAt(hello, "session-id"), capabilities };
}

function parseHello(text: string): ReturnType<typeof parseXml> {
  try {
    return parseXml(text);
  } catch (error) {
    throw new NetconfError("HelloInvalid", "the peer's hello cannot be read", { cause: error });
  }
}

/** Junos announces it in two spellings; a query part may follow. */
function isBase(capability: string): boolean {
  const [name] = capability.split("?");
  return name === BASE_CAPABILITY || name === BASE_NAMESPACE;
}
