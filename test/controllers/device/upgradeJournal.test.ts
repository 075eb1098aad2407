/** What is written of an upgrade at once, what waits, and that no name of a state is left out. */
import { expect } from "chai";
import type { DeviceUpgrade } from "../../../src/api/deviceUpgrade.gen.ts";
import type { DeviceState } from "../../../src/api/deviceState.ts";
import type { ControllerContext } from "../../../src/controllers/controllerContext.ts";
import { effectDoor } from "../../../src/controllers/leadership/effects.ts";
import { intentWatch } from "../../../src/controllers/device/intents.ts";
import {
  journalMemory,
  UpgradeJournal,
  type JournalMemory,
} from "../../../src/controllers/device/upgradeJournal.ts";
import type { DeviceUpgradeStatus } from "../../../src/engine/step.ts";
import { createLogger } from "../../../src/observability/logger.ts";
import { manualClock, type ManualClock } from "../../../src/simulator/modelClock.ts";
import { memoryStore } from "../../../src/store/memory/memoryStore.ts";
import { update } from "../../../src/store/retryOnConflict.ts";
import { keyOf, type Store } from "../../../src/store/store.ts";
import { intent } from "../../engine/worlds.ts";
import { upgradeWith } from "../upgradeWith.ts";

type JournalContext = Pick<ControllerContext, "store" | "door" | "clock" | "intents" | "news" | "log">;

describe("controllers: the journal of an upgrade", () => {
  let clock: ManualClock;
  let store: Store;
  let context: JournalContext;
  let memory: JournalMemory;
  let written: string[];
  let last: DeviceUpgrade;

  beforeEach(async () => {
    clock = manualClock(Date.parse("2026-11-22T00:00:00Z"));
    store = memoryStore({ clock });
    memory = journalMemory();
    written = [];
    const { metadata, spec } = upgradeWith({});
    last = await store.create("DeviceUpgrade", { metadata: keyOf({ metadata }), spec });
    context = {
      store,
      door: effectDoor(),
      clock,
      intents: intentWatch(clock, "controller-a"),
      log: createLogger({ level: "error", redact: [] }),
      news: {
        campaign: () => undefined,
        fabric: () => undefined,
        image: () => undefined,
        tell: () => undefined,
        device: (_before, after) => {
          last = after;
          written.push(`${String(after.status?.state)}: ${String(after.status?.message)}`);
        },
      },
    };
  });

  const journal = (epoch = 1): UpgradeJournal => new UpgradeJournal(last, memory, epoch);
  const status = (
    state: DeviceState,
    message: string,
    more: DeviceUpgradeStatus = {},
  ): DeviceUpgradeStatus => ({
    ...more,
    state,
    message,
  });
  const progress = (each: DeviceUpgradeStatus): { status: DeviceUpgradeStatus; ledgerHeld: boolean } => ({
    status: each,
    ledgerHeld: false,
  });
  const at = (
    each: DeviceUpgradeStatus,
  ): { status: DeviceUpgradeStatus; ledgerHeld: boolean; action: string } => ({
    ...progress(each),
    action: "WriteStatus",
  });

  it("a milestone is written with what follows it, by its own name", async () => {
    const one = journal();
    await one.defer(context, progress(status("MaintenanceModeActivated", "quiet")));
    await one.write(context, at(status("Installing", "begins Install", { intent: intent("Install") })));
    expect(written).to.deep.equal(["MaintenanceModeActivated: quiet; begins Install"]);
    await one.writeProgress(
      context,
      progress(status("Installing", "installs", { intent: intent("Install") })),
    );
    expect(written, "for a minute").to.have.lengthOf(1);
    await clock.advanceBy(61);
    await journal().writeProgress(
      context,
      progress(status("Installing", "installs", { intent: intent("Install") })),
    );
    expect(written.at(-1)).to.equal("Installing: installs");
  });

  it("two milestones, or a milestone and what needs somebody, are written one after the other", async () => {
    const one = journal();
    await one.defer(context, progress(status("ImageUpgraded", "booted")));
    await one.defer(context, progress(status("MaintenanceModeDeactivated", "used again")));
    await one.write(context, at(status("Hung", "no answer")));
    expect(written).to.deep.equal([
      "ImageUpgraded: booted",
      "MaintenanceModeDeactivated: used again",
      "Hung: no answer",
    ]);
  });

  it("a beginning is written with what is seen of it, unless it has a name or a restart would need it", async () => {
    await journal().write(context, at(status("VerifyingService", "watched")));
    await clock.advanceBy(600);
    await journal().writeBeginning(context, progress(status("VerifyingService", "begins Soak")));
    expect(written).to.deep.equal(["VerifyingService: watched"]);
    await journal().writeBeginning(context, progress(status("Draining", "begins")));
    expect(written).to.deep.equal(["VerifyingService: watched", "Draining: begins"]);
    const found = { version: "21.4R3", bootedAt: "2026-11-20T00:00:00Z" };
    await journal().writeBeginning(context, progress(status("Draining", "begins", { found })));
    expect(last.status?.found).to.deep.equal(found);
  });

  it("what waits is kept from one look to the next, but not beyond somebody else's write or this leadership", async () => {
    await journal().write(context, at(status("Draining", "begins")));
    await journal().writeProgress(context, progress(status("Draining", "some traffic")));
    expect(written).to.have.lengthOf(1);
    expect(journal().upgrade.status?.message).to.equal("some traffic");
    expect(journal(2).upgrade.status?.message, "another leadership").to.equal("begins");

    await journal().writeProgress(context, progress(status("Draining", "less traffic")));
    last = await update({ store, kind: "DeviceUpgrade", key: keyOf(last) }, ({ spec }) => {
      spec.desired = "Land";
    });
    expect(journal().upgrade.status?.message, "another version").to.equal("begins");
  });

  it("an intent, an end and another state never wait", async () => {
    await journal().write(context, at(status("Draining", "begins")));
    for (const each of [
      status("Draining", "begins", { intent: intent("Install") }),
      status("Blocked", "no room"),
      status("Blocked", "no room", { finishedAt: "2026-11-22T00:00:00Z" }),
    ]) {
      const before = written.length;
      await journal().writeProgress(context, progress(each));
      expect(written).to.have.lengthOf(before + 1);
    }
  });
});
