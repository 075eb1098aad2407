/** How the devices of a plan will be drained, written into it: people approve that, too. */
import type { Plan, PlanWarning } from "../../api/plan.ts";
import type { PlannedDrain } from "../../drivers/drain/plannedDrain.ts";

/** The plan with what was found out of its devices. Its hash stays: it changes how the plan runs, not what it is. */
export function withDrains(plan: Plan, drains: Readonly<Record<string, PlannedDrain>>): Plan {
  const warnings: PlanWarning[] = [];
  const devices = Object.entries(plan.devices).map(([name, device]) => {
    const drain = drains[name];
    switch (drain?.is) {
      case undefined:
        return [name, device] as const;
      case "Refused": {
        const { reason, message } = drain.because;
        warnings.push({ reason, devices: [name], message: `${name}: ${message}` });
        return [name, device] as const;
      }
      case "Drained":
        return [name, { ...device, drain: drain.by }] as const;
    }
  });
  return {
    ...plan,
    devices: Object.fromEntries(devices),
    ...(warnings.length === 0 ? {} : { warnings: [...(plan.warnings ?? []), ...warnings] }),
  };
}
