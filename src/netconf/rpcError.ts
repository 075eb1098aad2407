/**
 * What a device answers when it refuses an RPC. Junos puts errors at any depth of a reply, in two shapes
 * (`rpc-error` of RFC 6241 §4.3, `xnm:error` of its own XML API), beside data that is good all the same, and
 * calls mere warnings an error, too: only the severity tells.
 */
import { find, textAt, type XmlNode } from "./xmlNode.ts";

/** One error or warning of a reply. */
export interface RpcErrorItem {
  readonly severity: "error" | "warning";
  /** The error-tag of RFC 6241 appendix A, where the device sends one: `operation-failed`, `lock-denied`. */
  readonly tag: string;
  readonly message: string;
  /** Where in the configuration, such as `[edit protocols bgp]`. */
  readonly path?: string;
  /** The element or word the device stumbled over: the RPC's name when it is unknown or not permitted. */
  readonly badElement?: string;
}

/** Thrown for a reply with at least one item of severity `error`. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  /** All items of the reply, warnings included, in document order. */
  readonly errors: readonly RpcErrorItem[];
  // Private, so that whoever prints the error does not print a reply that may hold configuration with it.
  readonly #reply: XmlNode;

  constructor(reply: XmlNode, errors: readonly RpcErrorItem[] = rpcErrors(reply)) {
    super(summary(errors));
    this.errors = errors;
    this.#reply = reply;
  }

  /** The whole reply: data may stand beside the error (one routing engine answers, the other does not). */
  get reply(): XmlNode {
    return this.#reply;
  }
}

/**
 * Every error and warning in the reply, in document order. An `rpc-error` without a message under an element
 * that also says `<ok/>` is left out: Junos sends it for success.
 */
export function rpcErrors(reply: XmlNode): RpcErrorItem[] {
  const items: RpcErrorItem[] = [];
  collect(reply, false, items);
  return items;
}

/** Whether the reply is a failure. */
export function hasFailed(errors: readonly RpcErrorItem[]): boolean {
  return errors.some((item) => item.severity === "error");
}

function collect(node: XmlNode, underOk: boolean, items: RpcErrorItem[]): void {
  const item = toItem(node);
  if (item !== undefined) {
    if (!(underOk && item.message === "")) items.push(item);
    return;
  }
  if (node.children.length === 0) return;
  const ok = underOk || node.children.some((child) => child.name === "ok");
  for (let index = 0; index < node.children.length; index += 1) {
    const child = node.children[index];
    if (child !== undefined) collect(child, ok, items);
  }
}

function toItem(node: XmlNode): RpcErrorItem | undefined {
  if (node.name === "rpc-error") return fromRpcError(node);
  // Other elements may be called error, too; only those of the XML API hold a message.
  const isXnm = (node.name === "error" || node.name === "warning") && find(node, "message") !== undefined;
  return isXnm ? fromXnmError(node) : undefined;
}

function fromRpcError(node: XmlNode): RpcErrorItem {
  return {
    severity: textAt(node, "error-severity") === "warning" ? "warning" : "error",
    tag: textAt(node, "error-tag") ?? "",
    message: textAt(node, "error-message") ?? "",
    ...optional("path", textAt(node, "error-path")),
    ...optional("badElement", textAt(node, "error-info", "bad-element")),
  };
}

function fromXnmError(node: XmlNode): RpcErrorItem {
  return {
    severity: node.name === "warning" ? "warning" : "error",
    tag: "",
    message: textAt(node, "message") ?? "",
    ...optional("path", textAt(node, "edit-path")),
    ...optional("badElement", textAt(node, "token")),
  };
}

function optional<Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>> {
  // A computed key widens to an index signature; the assignment below keeps the type.
  const entry: Partial<Record<Key, string>> = {};
  if (value !== undefined && value !== "") entry[key] = value;
  return entry;
}

function summary(errors: readonly RpcErrorItem[]): string {
  return errors
    .filter((item) => item.severity === "error")
    .map((item) => {
      const message = item.message === "" ? item.tag || "an error without a message" : item.message;
      return item.badElement === undefined ? message : `${message} (${item.badElement})`;
    })
    .join("; ");
}
