/**
 * Two replicas, and the one that leads is stopped (SIGSTOP) in the middle of a reboot for longer than its lease. The
 * other takes over; when the first is woken it must do no harm, whatever it was about to do.
 */
import { expect } from "chai";
import { quickstart, type CrashStage, type StageOptions } from "./crashStage.ts";
import { describeCrashes, secondsSince, tell } from "./crashSuite.ts";
import type { ControllerHandle } from "./controllerHandle.ts";
import { monotonicMilliseconds, type Moment } from "./messages.ts";
import { expectCountedEpochs, expectHitless } from "./outcome.ts";
import { isAboutToReboot, isDown, isInstalling } from "./placements.ts";
import { actsOf, problemsOf } from "./record.ts";

const SPEED = 60;
const PATIENCE = { leaseDurationSeconds: 3, intentValidSeconds: 3 } as const;
const TIMINGS = { installSeconds: 120, bootSeconds: 240 } as const;

interface Stop {
  readonly device: string;
  /** Completes "stopped the leader …". */
  readonly where: string;
  readonly moment: Moment;
  /** Completes "woken …". */
  readonly when: string;
  /** Resolves when it is time to wake it, given that the other leads. */
  readonly wakeUp: (stage: CrashStage) => Promise<unknown>;
  /** What it may still begin in its old epoch when it is woken. */
  readonly begins: readonly string[];
}

/** One device after the other: the next is only begun when this one is done. */
const STOPS: readonly Stop[] = [
  {
    device: "leaf1",
    where: "right after the intent to reboot leaf1 was written",
    moment: { when: "after", action: "WriteIntent" },
    when: "as soon as the other leads, before it may act on the intent",
    wakeUp: () => Promise.resolve(),
    begins: [],
  },
  {
    device: "leaf2",
    where: "right before the request to reboot leaf2 is sent",
    moment: { when: "before", action: "Reboot" },
    when: "while the other has it reboot",
    wakeUp: (stage) => stage.untilDevice(isDown, ["leaf2"]),
    begins: [],
  },
  {
    device: "spine1",
    where: "past the last fence, with the request to reboot spine1 in its hands",
    moment: { when: "sending", action: "request-reboot" },
    when: "while the other has it reboot",
    wakeUp: (stage) => stage.untilDevice(isDown, ["spine1"]),
    // What no fence can hold back goes into a connection that died with the device.
    begins: ["request-reboot spine1"],
  },
];

async function threeDevices(): Promise<StageOptions> {
  const { objects, description } = await quickstart(TIMINGS);
  const { campaign } = objects;
  const [assignment] = campaign.spec.imageAssignments;
  if (assignment === undefined) throw new Error("the example's campaign has no image");
  const spec = {
    ...campaign.spec,
    imageAssignments: [{ ...assignment, selector: { devices: STOPS.map(({ device }) => device) } }],
    strategy: { maxBatchSize: 1, canary: { devicesPerTier: 0 }, soak: "0s" },
  };
  const shorter = { ...objects, campaign: { ...campaign, spec } };
  return { objects: shorter, description, speed: SPEED, ...PATIENCE };
}

interface Stopped {
  readonly stop: Stop;
  readonly controller: ControllerHandle;
  readonly epoch: number;
  readonly atMilliseconds: number;
}

/** Stops the leader at the moment, and wakes it when it is time. */
async function stopAt(stage: CrashStage, stop: Stop): Promise<Stopped> {
  const { replicas } = stage;
  const { device, where, moment } = stop;
  // Until then there are other intents.
  await stage.during(`the install on ${device}`, stage.untilDevice(isInstalling, [device]));
  const coming = replicas.reach({ ...moment, devices: [device] }, "stop");
  const { controller } = await stage.during(where, coming);
  const atMilliseconds = monotonicMilliseconds();
  const epoch = controller.epoch();
  isAboutToReboot(await stage.evidence(device));

  const successor = stage.until(() => replicas.all.find((each) => each !== controller && each.leads()));
  await stage.during("another one led", successor);
  await stage.during(`to wake it ${stop.when}`, stop.wakeUp(stage));
  controller.wake();
  await stage.during(
    "it knew that it leads no more",
    stage.until(() => !controller.leads() || undefined),
  );
  return { stop, controller, epoch, atMilliseconds };
}

describeCrashes("crash: a leader is stopped and woken again", (open) => {
  it("EX-9 N5 HL-9 does no harm when it was stopped past its lease in the middle of a reboot: the other finishes it", async () => {
    const startedAt = performance.now();
    const stage = await open(await threeDevices());
    const stopped: Stopped[] = [];
    for (const stop of STOPS) {
      stopped.push(await stopAt(stage, stop));
      tell(`${secondsSince(startedAt)}: stopped the leader ${stop.where}, woken ${stop.when}`);
    }

    const { packets } = await expectHitless(
      stage,
      STOPS.map(({ device }) => device),
    );
    const { records, epochs, acts } = await expectCountedEpochs(stage);
    expect(epochs).to.be.greaterThan(STOPS.length);
    for (const { stop, controller, epoch, atMilliseconds } of stopped) {
      const late = actsOf({ name: "", said: controller.said }).filter(
        (act) => act.epoch === epoch && act.atMilliseconds > atMilliseconds,
      );
      expect(
        late.map(({ what }) => what),
        `begun by the one stopped ${stop.where}`,
      ).to.deep.equal(stop.begins);
    }
    expect(problemsOf(records)).to.have.lengthOf(STOPS.flatMap(({ begins }) => begins).length);
    tell(
      `${String(STOPS.length)} leaders stopped, ${String(epochs)} epochs, ${String(acts)} acts, ` +
        `${secondsSince(startedAt)} in all; packets lost: ${String(packets.lost)} of ${String(packets.sent)}`,
    );
  });
});
