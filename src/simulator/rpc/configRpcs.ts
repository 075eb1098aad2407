/** Lock, load, compare, commit, show: the configuration over NETCONF. */
import { element, find, textAt } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import {
  candidateOf,
  forgetEditor,
  load,
  loadStored,
  lock,
  openPrivate,
  unlock,
} from "../config/configDatabase.ts";
import type { LoadRequest } from "../config/configDatabase.ts";
import { compareTrees } from "../config/configDiff.ts";
import { renderBraces, renderSet } from "../config/configText.ts";
import { renderXml } from "../config/configXml.ts";
import { cloneTree } from "../config/configTree.ts";
import type { ConfigTree } from "../config/configTree.ts";
import { withInherited } from "../config/inheritance.ts";
import { commit } from "../device/commit.ts";
import { refuse, rpcErrorElement } from "../rpcFailure.ts";
import type { RpcErrorItem } from "../rpcFailure.ts";
import { reads, writes } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";
import { dateTime, number, payloadNamespace } from "./shape.ts";

const OK = element("ok");
const LOAD_ACTIONS = ["set", "merge", "override", "replace", "update"] as const;
/** Junos's default where a confirmed commit names no time. */
const DEFAULT_CONFIRM_MINUTES = 10;

export const CONFIG_RPCS: RpcTable = {
  "lock-configuration": reads(({ plane, session }) => {
    lock(plane.config, session);
    return [OK];
  }),
  "unlock-configuration": reads(({ plane, session }) => {
    unlock(plane.config, session);
    return [OK];
  }),
  "open-configuration": reads(({ plane, session, operation }) => {
    if (find(operation, "private") === undefined) throw refuse("syntax error", "open-configuration");
    openPrivate(plane.config, session);
    const message = "uncommitted changes will be discarded on exit";
    return [rpcErrorElement({ severity: "warning", message }), OK];
  }),
  "close-configuration": reads(({ plane, session }) => {
    if (session.privateCopy === undefined) throw refuse("private configuration is not open");
    forgetEditor(plane.config, session);
    return [OK];
  }),
  // What is loaded changes nothing until it is committed.
  "load-configuration": reads(loadConfiguration),
  "commit-configuration": writes(commitConfiguration),
  "get-configuration": reads(getConfiguration),
  "get-commit-information": reads(({ plane }) => [
    element(
      "commit-information",
      plane.config.history.map((record, index) =>
        element("commit-history", [
          number("sequence-number", index),
          element("user", record.user),
          element("client", record.client),
          dateTime("date-time", record.at),
          ...(record.log === undefined || record.log === "" ? [] : [element("log", record.log)]),
          ...(index === 0 && plane.config.unconfirmed !== undefined
            ? [element("comment", "commit confirmed, rollback in 10mins")]
            : []),
        ]),
      ),
    ),
  ]),
  "request-save-rescue-configuration": writes(({ plane }) => {
    plane.config.rescue = cloneTree(plane.config.committed);
    return [
      element("rescue-management-results", [
        element("routing-engine", [element("name", "localre"), element("success")]),
      ]),
    ];
  }),
  "request-delete-rescue-configuration": writes(({ plane }) => {
    plane.config.rescue = undefined;
    return [
      element("rescue-management-results", [
        element("routing-engine", [element("name", "localre"), element("success")]),
      ]),
    ];
  }),
  "get-rescue-information": reads(({ plane }) => {
    if (plane.config.rescue === undefined) throw refuse("rescue configuration is not set");
    return [
      element("configuration-information", [
        element("configuration-output", `\n${renderBraces(plane.config.rescue)}`),
      ]),
    ];
  }),
};

function loadConfiguration({ device, plane, session, operation }: RpcContext): readonly XmlNode[] {
  const { rollback, rescue } = operation.attributes;
  if (rollback !== undefined || rescue !== undefined) {
    loadStored(plane.config, session, rescue === undefined ? Number(rollback) : "rescue");
    return [element("load-configuration-results", [OK])];
  }
  const request = readLoadRequest(operation);
  const { model, features = [] } = device.spec;
  const schema = { release: plane.release, model, features };
  const warnings = load(plane.config, session, { request, schema });
  return [
    element("load-configuration-results", [
      ...warnings.map((message): RpcErrorItem => ({ severity: "warning", message })).map(rpcErrorElement),
      OK,
    ]),
  ];
}

function readLoadRequest(operation: XmlNode): LoadRequest {
  const action = LOAD_ACTIONS.find((candidate) => candidate === (operation.attributes["action"] ?? "merge"));
  if (action === undefined) throw refuse("syntax error", "action");
  const setText = textAt(operation, "configuration-set");
  if (setText !== undefined && action === "set") return { action, format: "set", text: setText };
  const braces = textAt(operation, "configuration-text");
  if (braces !== undefined && action !== "set") return { action, format: "text", text: braces };
  // Only text is modelled: XML needs the whole schema to be read.
  throw refuse(
    "syntax error, expecting <configuration-text> or <configuration-set>",
    operation.children[0]?.name ?? "load-configuration",
  );
}

function commitConfiguration({ world, device, plane, session, operation }: RpcContext): readonly XmlNode[] {
  const check = find(operation, "check") !== undefined;
  const minutes = textAt(operation, "confirm-timeout");
  const confirmed = find(operation, "confirmed") !== undefined || minutes !== undefined;
  commit(world, plane, {
    editor: session,
    request: {
      check,
      confirmMinutes: confirmed ? Number(minutes ?? DEFAULT_CONFIRM_MINUTES) : undefined,
      log: textAt(operation, "log"),
      synchronize:
        find(operation, "synchronize") !== undefined || find(operation, "force-synchronize") !== undefined,
    },
  });
  const synchronized =
    device.planes.length > 1 &&
    (find(operation, "synchronize") !== undefined || device.intent.redundancy.commitSynchronize);
  const names = synchronized
    ? device.planes.map(({ name }) => name)
    : [device.planes.length > 1 ? plane.name : "localre"];
  return [
    element(
      "commit-results",
      names.map((name) =>
        element(
          "routing-engine",
          [element("name", name), element(check ? "commit-check-success" : "commit-success")],
          { "junos:style": "normal" },
        ),
      ),
    ),
    OK,
  ];
}

function getConfiguration({ plane, session, operation }: RpcContext): readonly XmlNode[] {
  const { attributes } = operation;
  const candidate = candidateOf(plane.config, session);
  if (attributes["compare"] === "rollback") {
    const base = plane.config.history[Number(attributes["rollback"] ?? 0)]?.tree;
    if (base === undefined) throw refuse("rollback file not found", "rollback");
    return [
      element("configuration-information", [
        element("configuration-output", `\n${compareTrees(base, candidate)}`),
      ]),
    ];
  }
  const own = attributes["database"] === "committed" ? plane.config.committed : candidate;
  const tree = attributes["inherit"] === "inherit" ? withInherited(own) : own;
  const filter = operation.children.find((child) => child.name === "configuration");
  const shown = filter === undefined || filter.children.length === 0 ? tree : filterTree(tree, filter);
  switch (attributes["format"]) {
    case "set":
      return [element("configuration-set", `\n${renderSet(shown)}`)];
    case "text":
      return [element("configuration-text", `\n${renderBraces(shown)}`)];
    case undefined:
    case "xml":
      return [element("configuration", renderXml(shown), payloadNamespace(plane, "junos-conf"))];
    default:
      throw refuse("the simulator shows configuration as xml, text or set", "format");
  }
}

/** Keeps what the filter names: `<configuration><protocols><bgp/></protocols></configuration>`. */
function filterTree(node: ConfigTree, filter: XmlNode): ConfigTree {
  if (filter.children.length === 0) return node;
  return {
    ...node,
    children: node.children.flatMap((child) => {
      const part = filter.children.find((candidate) => candidate.name === child.name);
      return part === undefined ? [] : [filterTree(child, part)];
    }),
  };
}
