/** The driver for QFX switches with one routing engine: leaves and spines of an EVPN-VXLAN fabric. */
import { explain } from "../api/reasons.ts";
import type { StepName } from "../api/steps.ts";
import { readPackageName } from "../release/packageName.ts";
import { discoverSwitch } from "./discover.ts";
import { readPortLoads } from "./loads.ts";
import type { Driver } from "./driver.ts";
import { stepsOfOneEngine } from "./oneEngine.ts";
import { preflight } from "./steps/preflight.ts";

const FAMILY = "junos-qfx";

export const qfx: Driver = {
  name: "qfx",
  procedure: {
    name: "qfx/v1",
    steps: stepsOfOneEngine(preflight),
  },
  handles: ({ family }) => family === FAMILY,
  supports(device, { spec }) {
    if (spec.vendorName.toLowerCase() !== "juniper") {
      return explain("UnsupportedVendor", `no driver for vendor ${spec.vendorName}`);
    }
    if (device.family !== FAMILY)
      return explain("UnsupportedFamily", `no driver for the family of ${device.name}`);
    if (!device.model.toLowerCase().startsWith("qfx5")) {
      return explain("UnsupportedModel", `${device.model} is not a QFX5000 series switch`);
    }
    return readPackageName(spec.deviceImageName)?.vmhost === true
      ? explain("ImagePlatformMismatch", `${spec.deviceImageName} is for VM hosts, ${device.model} is none`)
      : null;
  },
  readLoads: async (connect) => readPortLoads((await connect()).main),
  discover: async (device, connect, clock) => discoverSwitch(device.name, (await connect()).main, clock),
};

/** The same driver with steps left out: a control, to show what they are good for. Never for a real fabric. */
export function withoutSteps(driver: Driver, names: ReadonlySet<StepName>): Driver {
  const { name, steps } = driver.procedure;
  return { ...driver, procedure: { name, steps: steps.filter((step) => !names.has(step.name)) } };
}
