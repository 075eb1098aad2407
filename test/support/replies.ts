/** The replies of real devices, which lie beside the project and are only read from there. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";

import { skipSuite } from "./skipped.ts";

const folder = path.resolve(import.meta.dirname, "../../../shared/junos-replies");

/** The byte stream of a whole session: not one document. */
export const RAW_SESSION = "rustjunosmcp__SESSION-raw-netconf-1.0_vsrx-cluster.xml";

/** The names of all replies that are one XML document. */
export function replyNames(): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".xml") && name !== RAW_SESSION);
}

/** The bytes of a reply. */
export function readReply(name: string): Buffer {
  return readFileSync(path.join(folder, name));
}

/** A suite that needs the replies: skipped where they are missing, but not in CI. */
export function describeWithReplies(title: string, suite: () => void): void {
  if (existsSync(folder)) describe(title, suite);
  else skipSuite(title, "there is no ../shared/junos-replies beside the checkout");
}
