/** Selectors: which devices are meant, by labels, roles, overlay roles and names. Resolved when a plan is made. */
import type { Fabric } from "../api/fabric.gen.ts";
import type { Complain, PlanningErrorReason } from "./planningError.ts";

export type FabricDevice = Fabric["spec"]["devices"][number];

/** As assignments and redundancy groups write it. */
export interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly roles?: readonly FabricDevice["role"][];
  readonly overlayRoles?: readonly string[];
  readonly devices?: readonly string[];
}

/** Whether a selector takes a device: all its fields must agree, of a field's values one. */
export function selects(selector: Selector, device: FabricDevice): boolean {
  const { matchLabels, roles, overlayRoles, devices } = selector;
  const labels = device.labels ?? {};
  return (
    Object.entries(matchLabels ?? {}).every(
      ([key, value]) => Object.hasOwn(labels, key) && labels[key] === value,
    ) &&
    (isEmpty(roles) || roles.includes(device.role)) &&
    (isEmpty(overlayRoles) || overlayRoles.some((role) => device.overlayRoles?.includes(role))) &&
    (isEmpty(devices) || devices.includes(device.name))
  );
}

/** The devices that a selector takes. What is wrong with it is complained of; then they are none. */
export function resolveSelector(
  selector: Selector,
  {
    devices,
    field,
    what,
    complain,
    reasons = {},
  }: {
    readonly devices: readonly FabricDevice[];
    readonly field: string;
    /** Whose selector it is, in words. */
    readonly what: string;
    readonly complain: Complain;
    /** Other reasons to give than those of an assignment. */
    readonly reasons?: Partial<Readonly<Record<SelectorProblem, PlanningErrorReason>>>;
  },
): readonly FabricDevice[] {
  const say = (problem: SelectorProblem, at: string, message: string): readonly FabricDevice[] => {
    complain({ reason: reasons[problem] ?? problem, field: at, message });
    return [];
  };
  const { matchLabels, roles, overlayRoles, devices: wanted } = selector;
  const isNothing = Object.keys(matchLabels ?? {}).length === 0;
  if (isNothing && isEmpty(roles) && isEmpty(overlayRoles) && isEmpty(wanted)) {
    return say("SelectorEmpty", field, `the selector of ${what} names nothing`);
  }
  const names = new Set(wanted === undefined ? [] : devices.map(({ name }) => name));
  const unknown = (wanted ?? []).filter((name) => !names.has(name));
  for (const name of unknown) say("DeviceNotFound", `${field}.devices`, `the Fabric has no device ${name}`);
  if (unknown.length > 0) return [];
  const matching = devices.filter((device) => selects(selector, device));
  return matching.length === 0
    ? say("SelectorMatchesNothing", field, `the selector of ${what} matches no device`)
    : matching;
}

type SelectorProblem = Extract<
  PlanningErrorReason,
  "SelectorEmpty" | "SelectorMatchesNothing" | "DeviceNotFound"
>;

function isEmpty(list: readonly string[] | undefined): list is undefined {
  return list === undefined || list.length === 0;
}
