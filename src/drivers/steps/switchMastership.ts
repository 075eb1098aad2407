/**
 * SwitchMastership: the upgraded backup becomes the master. Nothing replicates between two releases, so the line cards
 * restart and the device forwards nothing for minutes: it is drained, and the rest was just proven. It is done when the
 * new master, its release and all line cards are seen.
 */
import { explain } from "../../api/reasons.ts";
import { parseInstant } from "../../api/time.ts";
import { StepRefused, type Observation, type Step } from "../../engine/step.ts";
import { readFpcs } from "../../junos/fpc.ts";
import { requestMastershipSwitch } from "../../junos/mastership.ts";
import { isReplyLost, type RpcCaller } from "../../junos/rpcCaller.ts";
import { nameSameRelease } from "../../release/version.ts";
import type { RunContext } from "../driver.ts";
import { engineOrder, momentOf, readEngines, readOwnRole } from "../engines.ts";
import { readMoment } from "../moment.ts";

/** How long a master that was asked to hand over may look as if nobody had asked. */
const HAND_OVER_SECONDS = 300;

export const switchMastership: Step<RunContext> = {
  name: "SwitchMastership",
  once: true,
  landing: "Forward",
  landingBefore: "Forward",
  deadlineSeconds: 1800,
  expectedSeconds: 300,
  onDeadline: "Hang",
  outOfService: true,
  needsFreshProof: true,
  silences: true,
  pollSeconds: 15,
  async observe(context): Promise<Observation> {
    const { device, image, status, clock, connect } = context;
    const order = engineOrder(context);
    if (order === undefined) {
      return {
        is: "Unknown",
        reason: "StateUnknown",
        message: "who was the master when it was found is not known",
      };
    }
    const { main } = await connect(device.name);
    const engines = await readEngines(main);
    const master = engines.find(({ mastership }) => mastership === "Master")?.name;
    const moment = await readMoment(main, clock.now());
    if (nameSameRelease(moment.version, image.osVersion)) {
      return (
        (await lineCards(main)) ?? {
          is: "Done",
          evidence: {
            message: `${master ?? "the master"} routes with ${moment.version}, line cards are online`,
          },
        }
      );
    }
    if (master !== order.second) {
      const message = `the master is ${master ?? "nobody"} with ${moment.version}, neither as found nor as upgraded`;
      return { is: "Unknown", reason: "MastershipMoved", message };
    }
    const intent = status.intent?.step === "SwitchMastership" ? status.intent : undefined;
    const elapsedSeconds =
      intent === undefined ? Infinity : (clock.now() - parseInstant(intent.writtenAt)) / 1000;
    if (elapsedSeconds < HAND_OVER_SECONDS) {
      return { is: "Running", message: `${order.second} was asked to hand over; it is still the master` };
    }
    const first = engines.find(({ name }) => name === order.first);
    if (first?.mastership !== "Backup") {
      const message = `${order.first} is ${first?.mastership.toLowerCase() ?? "absent"}, it cannot take over`;
      return { is: "Blocked", reason: "BackupNotReady", message };
    }
    const upgraded = await connect(device.name, order.first);
    const { version } = await readMoment(upgraded.main, clock.now());
    if (!nameSameRelease(version, image.osVersion)) {
      return { is: "Blocked", reason: "VersionUnexpected", message: `${order.first} runs ${version}` };
    }
    return { is: "Needed", before: momentOf(order.second, moment) };
  },
  async start({ device, status, connect, fence, signal }) {
    const master = status.intent?.before.controlPlane;
    const connection = await connect(device.name, master);
    const session = await connection.longRunning(signal);
    // The request is a toggle: it is sent to the engine that was the master, and only while that says it is.
    if ((await readOwnRole(session)) !== "Master") {
      throw new StepRefused(
        explain("MastershipMoved", `${master ?? device.name} does not say that it is the master`),
      );
    }
    fence();
    try {
      const { verdict, message } = await requestMastershipSwitch(session);
      if (verdict === "Refused") throw new StepRefused(explain("BackupNotReady", message));
    } catch (error) {
      // The address moves with mastership, and takes the session with it.
      if (!isReplyLost(error)) throw error;
    }
  },
};

/** What is wrong with the line cards; undefined when all of them are online. */
async function lineCards(caller: RpcCaller): Promise<Observation | undefined> {
  const cards = await readFpcs(caller);
  const away = cards.filter(({ state }) => state !== "Online" && state !== "Empty");
  if (cards.length > 0 && away.length === 0) return undefined;
  const message = away.map(({ slot, state }) => `FPC ${String(slot)} ${state}`).join(", ");
  return { is: "Running", message: cards.length === 0 ? "no line card is seen yet" : message };
}
