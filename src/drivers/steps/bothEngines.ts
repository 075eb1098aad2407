/**
 * The same act on both routing engines of a chassis at once, where a campaign asks for it: the chassis is drained, and nobody
 * misses it while neither engine routes. Each engine is still looked at and asked for itself, at its own address, and once.
 */
import { explain } from "../../api/reasons.ts";
import { parseInstant } from "../../api/time.ts";
import { StepRefused, type DeviceMoment, type Observation, type Step } from "../../engine/step.ts";
import type { RunContext } from "../driver.ts";
import { engineOrder, whetherMoved } from "../engines.ts";
import { judgeReboot, readBoot } from "../moment.ts";
import { installStep } from "./install.ts";
import { rebootStep } from "./reboot.ts";

/** Installs both; the requests run beside each other. */
export const installEngines: Step<RunContext> = onBothEngines({
  stepOf: (engine) =>
    installStep({ name: "InstallEngines", landing: "InService", choose: () => engine, whoever: true }),
  isOpen: async (context, { stepOf, engine }) => (await stepOf(engine).observe(context)).is === "Needed",
});

/** Reboots both, each seen to come up with the release. */
export const rebootEngines: Step<RunContext> = onBothEngines({
  stepOf: (engine) =>
    rebootStep({ name: "RebootEngines", after: "InstallEngines", choose: () => engine, whoever: true }),
  // Who looks a moment after an engine was asked takes it for one that goes down: its boot alone tells.
  isOpen: async ({ device, status, clock, connect }, { engine }) => {
    const { intent } = status;
    if (intent === undefined) return true;
    const { main } = await connect(device.name, engine);
    const now = clock.now();
    const elapsedSeconds = (now - parseInstant(intent.writtenAt)) / 1000;
    return judgeReboot(intent.before, await readBoot(main, now), elapsedSeconds) === "NotRebooted";
  },
});

interface BothParts {
  /** The step of one engine, by its name. */
  readonly stepOf: (engine: string) => Step<RunContext>;
  /** Whether an engine is still to be asked, right before it is. */
  readonly isOpen: (
    context: RunContext,
    one: { readonly engine: string; readonly stepOf: BothParts["stepOf"] },
  ) => Promise<boolean>;
}

function onBothEngines({ stepOf, isOpen }: BothParts): Step<RunContext> {
  return {
    // As a rule it is that of one engine, whichever.
    ...stepOf("re0"),
    async observe(context) {
      const moved = context.status.intent === undefined ? await whetherMoved(context) : undefined;
      if (moved !== undefined) return moved;
      const seen: Seen[] = [];
      for (const engine of enginesOf(context)) {
        const observed = await stepOf(engine).observe(ofEngine(context, engine));
        seen.push({ engine, observed });
      }
      return together(seen, context);
    },
    async start(context) {
      const open: string[] = [];
      for (const engine of enginesOf(context)) {
        if (await isOpen(ofEngine(context, engine), { engine, stepOf })) open.push(engine);
      }
      const going: Promise<unknown>[] = [];
      const asked = await Promise.allSettled(
        open.map(async (engine) => {
          await stepOf(engine).start?.({
            ...ofEngine(context, engine),
            inBackground: (work) => void going.push(work),
          });
        }),
      );
      if (going.length > 0) context.inBackground(Promise.all(going));
      for (const outcome of asked) {
        if (outcome.status === "rejected") throw outcome.reason;
      }
    },
  };
}

/** Both, the one that was the backup first. Throws where it is not known which they are. */
function enginesOf(context: RunContext): readonly string[] {
  const order = engineOrder(context);
  if (order !== undefined) return [order.first, order.second];
  throw new StepRefused(
    explain("StateUnknown", "which routing engines the device was found with is not known"),
  );
}

/** What a step of one engine gets to see: of the intent, the moment of that engine. */
function ofEngine(context: RunContext, engine: string): RunContext {
  const { intent, ...status } = context.status;
  const node = intent?.before.nodes?.find(({ name }) => name === engine);
  if (intent === undefined || node === undefined) return { ...context, status };
  const { version, bootedAt, uptimeSeconds } = node;
  const before: DeviceMoment = { controlPlane: engine, version, bootedAt, uptimeSeconds };
  return { ...context, status: { ...status, intent: { ...intent, before } } };
}

interface Seen {
  readonly engine: string;
  readonly observed: Observation;
}

/** One that runs is waited for before anything is said of the other: what ends a step must end it for both. */
function together(seen: readonly Seen[], { status }: RunContext): Observation {
  const running = seen.find(({ observed }) => observed.is === "Running");
  if (running !== undefined) return running.observed;
  const open = seen.flatMap(({ engine, observed }) =>
    observed.is === "Needed" && observed.before !== undefined ? [{ engine, moment: observed.before }] : [],
  );
  const trouble = seen.find(({ observed }) => observed.is !== "Done" && observed.is !== "Needed");
  if (trouble !== undefined) return trouble.observed;
  const [first] = open;
  if (first === undefined) {
    const said = seen.flatMap(({ observed }) => (observed.is === "Done" ? [observed.evidence.message] : []));
    return { is: "Done", evidence: { message: said.join("; ") } };
  }
  // Of an engine that is done, what it was before it was asked stays known.
  const before = new Map((status.intent?.before.nodes ?? []).map((node) => [node.name, node]));
  for (const { engine, moment } of open) {
    const { version, bootedAt, uptimeSeconds } = moment;
    before.set(engine, { name: engine, version, bootedAt, uptimeSeconds });
  }
  return { is: "Needed", before: { ...first.moment, nodes: [...before.values()] } };
}
