/**
 * The drivers for QFX switches, leaves and spines of an EVPN-VXLAN fabric: of fixed form or with line cards, with one
 * routing engine or, in a QFX10008 or QFX10016, with two.
 */
import type { DeviceDiscovery } from "../api/discovery.ts";
import type { DeviceImage } from "../api/deviceImage.gen.ts";
import { explain, type Explained } from "../api/reasons.ts";
import type { StepName } from "../api/steps.ts";
import type { Clock } from "../api/time.ts";
import { hasVmhosts, isEvolvedSwitch, isLargeSwitch, isSwitchChassis } from "../release/platform.ts";
import { discoverSwitch } from "./discover.ts";
import { discoverRouter } from "./discoverRouter.ts";
import { planDrain } from "./drain/plannedDrain.ts";
import type { Connect, Driver, FabricDevice, SupportOptions } from "./driver.ts";
import type { EngineRules } from "./engineRules.ts";
import { readLoads } from "./loads.ts";
import { stepsOfOneEngine } from "./oneEngine.ts";
import { againstPackage, againstVendor, modelOf } from "./packageFit.ts";
import { checkTwoEngines } from "./routerChecks.ts";
import { preflight, preflightStep } from "./steps/preflight.ts";
import { stepsOfTwoEngines } from "./twoEngines.ts";
import { againstMembers, readMembers } from "./virtualChassis.ts";

const FAMILY = "junos-qfx";

/** All of them run Junos under a host; only by their model are they VM hosts, whatever their last reboot was. */
const RULES: EngineRules = { isVmhost: async (_caller, { model }) => hasVmhosts(model ?? "") === true };

/** With one routing engine, of fixed form or with line cards. */
export const qfx: Driver = {
  name: "qfx",
  procedure: {
    name: "qfx/v1",
    steps: stepsOfOneEngine(preflight),
  },
  handles: ({ family, controlPlanes }) => family === FAMILY && controlPlanes === undefined,
  supports,
  readLoads,
  planDrain,
  discover: discoverQfx,
};

/** With two: a QFX10008 or QFX10016. */
export const qfxChassis: Driver = {
  name: "qfx-chassis",
  procedure: {
    name: "qfx-chassis/v1",
    steps: stepsOfTwoEngines(preflightStep(checkTwoEngines(RULES))),
  },
  handles: ({ family, controlPlanes }) => family === FAMILY && controlPlanes !== undefined,
  supports,
  readLoads,
  planDrain,
  discover: discoverQfx,
};

function supports(
  device: FabricDevice,
  { spec }: DeviceImage,
  { said = null }: SupportOptions = {},
): Explained | null {
  const unfit = againstVendor(spec);
  if (unfit !== null) return unfit;
  const model = modelOf(device, said);
  if (device.family !== FAMILY)
    return explain("UnsupportedFamily", `no driver for the family of ${device.name}`);
  if (isEvolvedSwitch(model) || said?.release?.endsWith("-EVO") === true) {
    return explain("UnsupportedModel", `${model} runs Junos OS Evolved, for which there is no driver`);
  }
  if (!/^qfx5/i.test(model) && !isLargeSwitch(model)) {
    return explain("UnsupportedModel", `${model} is no switch of the QFX5000 or QFX10000 series`);
  }
  const members = againstMembers(device.name, said?.virtualChassisMembers);
  if (members !== null) return members;
  if (device.controlPlanes !== undefined && !isSwitchChassis(model)) {
    return explain("ControlPlanesUndeclared", `${model} has one routing engine, the Fabric names two`);
  }
  return againstPackage({ ...device, model }, spec.deviceImageName);
}

async function discoverQfx(device: FabricDevice, connect: Connect, clock: Clock): Promise<DeviceDiscovery> {
  const { main } = await connect();
  const discovery =
    device.controlPlanes === undefined
      ? await discoverSwitch(device.name, main, clock)
      : await discoverRouter(device, connect, { clock, ...RULES });
  const model = discovery.model === "" ? device.model : discovery.model;
  const members = (await readMembers(main, { family: device.family, model }))?.members.length ?? 1;
  return members > 1 ? { ...discovery, virtualChassisMembers: members } : discovery;
}

/** The same driver with steps left out: a control, to show what they are good for. Never for a real fabric. */
export function withoutSteps(driver: Driver, names: ReadonlySet<StepName>): Driver {
  const { name, steps } = driver.procedure;
  return { ...driver, procedure: { name, steps: steps.filter((step) => !names.has(step.name)) } };
}
