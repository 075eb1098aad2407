/** Which runs there are: each fault at each place where it makes sense, as a clean run shows them. */
import type { StepName } from "../../src/api/steps.ts";
import { DRIVERS } from "../../src/drivers/registry.ts";
import { startFabricRun } from "../support/fabricRun.ts";
import { telling, type StepMoment } from "./moments.ts";
import { QUICK, type Subject } from "./subjects.ts";
import type { SweepCase } from "./sweepCase.ts";
import { SWEPT_FAULTS } from "./sweepCase.ts";
import type { Where } from "./sweptFault.ts";

/** The places of a step, in the order in which they come. */
export interface StepPlaces {
  readonly step: StepName;
  readonly places: readonly Where[];
}

/** The places of an upgrade on which nothing goes wrong. */
export async function placesOf(subject: Subject): Promise<readonly StepPlaces[]> {
  const places = new Map<StepName, Where[]>();
  let acting: { readonly step: StepName; readonly from: number } | undefined;
  const box: { run?: Awaited<ReturnType<typeof startFabricRun>> } = {};
  const requestsSince = (): void => {
    if (acting === undefined || box.run === undefined) return;
    const { step, from } = acting;
    acting = undefined;
    const counts = new Map<string, number>();
    for (const { rpc, write } of box.run.device(subject.device).rpcLog.slice(from)) {
      const nth = (counts.get(rpc) ?? 0) + 1;
      counts.set(rpc, nth);
      if (write) places.get(step)?.push({ at: "request", rpc, nth });
    }
  };
  const onMoment = async ({ device, step, kind }: StepMoment): Promise<void> => {
    if (device !== subject.device) return;
    requestsSince();
    if (kind === "act") acting = { step, from: box.run?.device(device).rpcLog.length ?? 0 };
    else places.set(step, [...(places.get(step) ?? []), { at: kind }]);
  };
  const run = await startFabricRun({
    stage: subject.stage,
    campaign: subject.campaign,
    timings: QUICK,
    drivers: DRIVERS.map((driver) => telling(driver, onMoment)),
    prepare: async (prepared) => {
      box.run = prepared;
    },
  });
  try {
    await run.untilState(subject.device, "HitlessImageUpgradeSuccessful");
    // The last act is followed by none.
    requestsSince();
  } finally {
    await run.stop();
  }
  return subject.driver.procedure.steps.map(({ name }) => ({ step: name, places: places.get(name) ?? [] }));
}

/** All runs of one subject. */
export async function casesOf(subject: Subject): Promise<readonly SweepCase[]> {
  const steps = await placesOf(subject);
  return steps.flatMap(({ step, places }) => {
    const rule = subject.driver.procedure.steps.find(({ name }) => name === step);
    if (rule === undefined) return [];
    return places.flatMap((where) =>
      SWEPT_FAULTS.filter(
        ({ at, subjects, fits }) =>
          at.includes(where.at) &&
          subjects?.includes(subject.name) !== false &&
          fits?.({ subject, rule, where }) !== false,
      ).map(({ name }): SweepCase => ({ subject: subject.name, step, fault: name, where })),
    );
  });
}
