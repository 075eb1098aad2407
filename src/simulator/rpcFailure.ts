/** A refusal, as the device reports it: one or more `rpc-error` elements. */
import { element } from "../netconf/xmlNode.ts";
import type { XmlNode } from "../netconf/xmlNode.ts";

export interface RpcErrorItem {
  readonly message: string;
  readonly severity?: "error" | "warning";
  readonly badElement?: string;
  /** `[edit protocols bgp]` */
  readonly path?: string;
}

/** Thrown by the handler of an RPC; becomes the reply. */
export class RpcFailure extends Error {
  readonly items: readonly RpcErrorItem[];
  /** An element that the errors stand in, as `load-configuration-results`. */
  readonly wrapper: string | undefined;

  constructor(items: readonly RpcErrorItem[], wrapper?: string) {
    super(items.map((item) => item.message).join("; "));
    this.name = "RpcFailure";
    this.items = items;
    this.wrapper = wrapper;
  }
}

/** A single error without more. */
export function refuse(message: string, badElement?: string): RpcFailure {
  return new RpcFailure([badElement === undefined ? { message } : { message, badElement }]);
}

/** One `rpc-error`, with Junos's newlines around the message. */
export function rpcErrorElement(item: RpcErrorItem): XmlNode {
  return element("rpc-error", [
    element("error-type", "protocol"),
    element("error-tag", "operation-failed"),
    element("error-severity", item.severity ?? "error"),
    ...(item.path === undefined ? [] : [element("error-path", item.path)]),
    element("error-message", `\n${item.message}\n`),
    ...(item.badElement === undefined
      ? []
      : [element("error-info", [element("bad-element", item.badElement)])]),
  ]);
}

/** What the failure puts into the reply. */
export function failureElements(failure: RpcFailure): readonly XmlNode[] {
  const errors = failure.items.map(rpcErrorElement);
  return failure.wrapper === undefined ? errors : [element(failure.wrapper, errors)];
}
