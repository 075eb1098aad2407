/** The rules of Kubernetes for an object's metadata (apimachinery: `ValidateObjectMeta`). */
import type { FieldCause } from "../errors.ts";

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const MAX_NAME_LENGTH = 253;
const MAX_ANNOTATIONS_BYTES = 256 * 1024;

/** The part of the metadata that a client writes. */
export interface ClientMeta {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly {
    readonly name: string;
    readonly uid: string;
    readonly controller?: boolean;
  }[];
}

/** Everything that is wrong with metadata. */
export function metadataViolations(meta: ClientMeta): FieldCause[] {
  const causes: FieldCause[] = [];
  const refuseField = (field: string, message: string) =>
    causes.push({ field: `metadata.${field}`, message });
  if (meta.name.length > MAX_NAME_LENGTH || !DNS_SUBDOMAIN.test(meta.name)) {
    refuseField("name", "must be lower case letters, digits, '-' and '.', at most 253 (RFC 1123)");
  }
  if (!DNS_LABEL.test(meta.namespace)) {
    refuseField("namespace", "must be lower case letters, digits and '-', at most 63 (RFC 1123)");
  }
  for (const [label, value] of Object.entries(meta.labels ?? {})) {
    if (!isQualifiedName(label)) refuseField("labels", `${label} is not a qualified name`);
    if (!LABEL_VALUE.test(value)) {
      refuseField("labels", `the value of ${label} must be letters, digits, '-', '_' and '.', at most 63`);
    }
  }
  for (const annotation of Object.keys(meta.annotations ?? {})) {
    if (!isQualifiedName(annotation.toLowerCase())) {
      refuseField("annotations", `${annotation} is not a qualified name`);
    }
  }
  if (Buffer.byteLength(JSON.stringify(meta.annotations ?? {})) > MAX_ANNOTATIONS_BYTES) {
    refuseField("annotations", "must have at most 256 KiB together");
  }
  for (const finalizer of meta.finalizers ?? []) {
    if (!finalizer.includes("/") || !isQualifiedName(finalizer)) {
      refuseField("finalizers", `${finalizer} is not fully qualified (domain/name)`);
    }
  }
  const owners = meta.ownerReferences ?? [];
  for (const [index, owner] of owners.entries()) {
    if (owner.uid === "") refuseField(`ownerReferences[${index}].uid`, "must not be empty");
    if (owner.name === "") refuseField(`ownerReferences[${index}].name`, "must not be empty");
  }
  if (owners.filter(({ controller }) => controller === true).length > 1) {
    refuseField("ownerReferences", "only one owner can be the controller");
  }
  return causes;
}

function isQualifiedName(text: string): boolean {
  const slash = text.indexOf("/");
  const prefix = text.slice(0, Math.max(slash, 0));
  const name = text.slice(slash + 1);
  const prefixFits = slash < 0 || (prefix.length <= MAX_NAME_LENGTH && DNS_SUBDOMAIN.test(prefix));
  return prefixFits && QUALIFIED_NAME.test(name);
}
