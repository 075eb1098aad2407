/** An imported Fabric as YAML: one line for a device's labels, for a link, for a segment's members. */
import { Document, isCollection, isMap, isPair, isScalar, isSeq, Scalar, visit } from "yaml";
import type { FabricManifest } from "./buildFabric.ts";

/** Written on one line each. */
const FLOW_FIELDS: ReadonlySet<string> = new Set([
  "labels",
  "overlayRoles",
  "members",
  "credentialsSecretRef",
  "knownHostsRef",
]);

/** The YAML of the manifest, with a comment on where it comes from and what is still to be done. */
export function fabricYaml(fabric: FabricManifest, origin: string): string {
  const document = new Document(fabric);
  const { credentialsSecretRef, knownHostsRef } = fabric.spec.connection;
  document.commentBefore = [
    ` Imported from ${oneLine(origin)} by hitless fabric import.`,
    ` Before devices are read it needs a Secret ${credentialsSecretRef.name} (username, and password or`,
    ` ssh-privatekey) and a ConfigMap ${knownHostsRef.name} (known_hosts) beside it.`,
  ].join("\n");
  visit(document, {
    Pair(_key, { key, value }) {
      if (!isScalar(key)) return;
      if (isCollection(value) && FLOW_FIELDS.has(String(key.value))) value.flow = true;
      // Some readers of YAML take numbers with colons for times.
      if (key.value === "esi" && isScalar(value)) value.type = Scalar.QUOTE_DOUBLE;
    },
    Map(_key, node, path) {
      // An item of `links`.
      const list = path.at(-1);
      const field = path.at(-2);
      if (isSeq(list) && isPair(field) && isScalar(field.key) && field.key.value === "links" && isMap(node)) {
        node.flow = true;
      }
    },
  });
  return document.toString({ lineWidth: 0 });
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
