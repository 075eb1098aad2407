/** Every state that people can be told of a device is one that a device can be brought into: none is only a word. */
import { assigned } from "../support/largeDevices.ts";
import { expect } from "chai";
import { ANNOTATIONS } from "../../src/api/names.ts";
import { DEVICE_STATES, deviceStateTitle, type DeviceState } from "../../src/api/deviceState.ts";
import { update } from "../../src/store/retryOnConflict.ts";
import { keyOf } from "../../src/store/store.ts";
import type { FabricRun, FabricRunOptions } from "../support/fabricRun.ts";
import { mixedFabric } from "../support/mixedFabric.ts";
import { applyFabric, campaignDraft, imageDraft, only, PACKAGE, simulation } from "../support/smallFabric.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";

interface Case {
  readonly states: readonly DeviceState[];
  readonly how: string;
  readonly options?: FabricRunOptions;
  readonly device?: string;
  readonly until: (run: FabricRun) => Promise<unknown>;
}

const leaf1 = { campaign: only("leaf1") };

const CASES: readonly Case[] = [
  {
    how: "a router with two routing engines that is upgraded",
    states: [
      "Validating",
      "HealthCheckSuccessful",
      "ActivatingMaintenanceMode",
      "MaintenanceModeActivated",
      "Installing",
      "Rebooting",
      "SwitchingOver",
      "ImageUpgraded",
      "VerifyingService",
      "DeactivatingMaintenanceMode",
      "MaintenanceModeDeactivated",
      "HitlessImageUpgradeSuccessful",
    ],
    options: {
      stage: mixedFabric(),
      campaign: {
        ...assigned({ spine1: "mx" }),
        strategy: { ...campaignDraft().spec.strategy, soak: "10m" },
      },
    },
    device: "spine1",
    until: (run) => run.untilPhase("Completed"),
  },
  {
    how: "a device whose batch has not come",
    states: ["Pending"],
    options: { campaign: only("leaf1", "leaf2") },
    device: "leaf2",
    until: (run) => run.untilState("leaf2", "Pending"),
  },
  {
    how: "a package that is fetched",
    states: ["Staging"],
    options: {
      ...leaf1,
      stage: {
        simulation: () => simulation(false),
        apply: (store, served) =>
          applyFabric(store, served, imageDraft({ source: { url: `http://images.example.net/${PACKAGE}` } })),
        campaign: (spec) => campaignDraft(spec),
      },
    },
    until: (run) => run.untilState("leaf1", "Staging"),
  },
  {
    how: "links that are not quiet yet",
    states: ["Draining"],
    options: {
      ...leaf1,
      faults: [
        {
          device: "leaf1",
          fault: "reading",
          rpc: "get-interface-information",
          element: "output-bps",
          text: "900000000",
        },
      ],
    },
    until: (run) => run.untilState("leaf1", "Draining"),
  },
  {
    how: "a BGP peer that is down before",
    states: ["HealthCheckFailed"],
    options: { ...leaf1, faults: [{ device: "leaf1", fault: "bgpDown", peer: "spine1" }] },
    until: (run) => run.untilPhase("Failed"),
  },
  {
    how: "a drain that the device refuses",
    states: ["MaintenanceModeFailure"],
    options: {
      ...leaf1,
      faults: [1, 2, 3, 4].map(() => ({ device: "leaf1", fault: "commitFails", message: "no" })),
    },
    until: (run) => run.untilPhase("Failed"),
  },
  {
    how: "a package that cannot be installed",
    states: ["Landing", "HitlessImageUpgradeFailed"],
    options: { ...leaf1, faults: [{ device: "leaf1", fault: "installFails" }] },
    until: (run) => run.untilPhase("Failed"),
  },
  {
    how: "an unhealthy device that is left out",
    states: ["Skipped"],
    options: {
      campaign: { ...only("leaf1"), healthChecks: { abortOnFailure: true, onUnhealthy: "Exclude" } },
      faults: [{ device: "leaf1", fault: "alarm", class: "Major", description: "Fan", source: "chassis" }],
    },
    until: (run) => run.untilState("leaf1", "Skipped"),
  },
  {
    how: "a change that somebody has not committed",
    states: ["Blocked"],
    options: {
      ...leaf1,
      prepare: async (at) => {
        await at.loadInto("leaf1", ["set system login message half-written"]);
      },
    },
    until: (run) => run.untilState("leaf1", "Blocked"),
  },
  {
    how: "a hold while it is out of service",
    states: ["Held"],
    options: leaf1,
    until: async (run) => {
      await run.untilStep("leaf1", "Install", "Running");
      await run.hold("Fabric", "wait");
      await run.untilState("leaf1", "Held");
    },
  },
  {
    how: "a boot that never ends",
    states: ["Hung"],
    options: { ...leaf1, faults: [{ device: "leaf1", fault: "bootsNever" }] },
    until: (run) => run.untilState("leaf1", "Hung"),
  },
  {
    how: "a reboot that was asked for again and again and leaves no trace",
    states: ["Unknown"],
    options: {
      ...leaf1,
      faults: [1, 2, 3, 4, 5].map(() => ({
        device: "leaf1",
        fault: "dropSession",
        rpc: "request-reboot",
        executed: false,
      })),
    },
    until: (run) => run.untilState("leaf1", "Unknown"),
  },
  {
    how: "a device that somebody takes over",
    states: ["Cancelled"],
    options: leaf1,
    until: async (run) => {
      const upgrade = await run.untilStep("leaf1", "Install", "Running");
      await update({ store: run.store, kind: "DeviceUpgrade", key: keyOf(upgrade) }, ({ metadata }) => {
        metadata.annotations = { ...metadata.annotations, [ANNOTATIONS.abandon]: "replaced" };
      });
      await run.untilState("leaf1", "Cancelled");
    },
  },
];

describe("drivers: the states that people see", function () {
  this.timeout(120_000);

  const start = startsFabricRuns({});

  for (const { states, how, options = {}, device = "leaf1", until } of CASES) {
    it(`A6a ${states.join(", ")}: ${how}`, async () => {
      const run = await start(options);
      await until(run);
      const seen = run.statesOf(device);
      expect(seen).to.include.members([...states]);
    });
  }

  it("A6a those are all states that there are", () => {
    const shown = new Set(CASES.flatMap(({ states }) => states));
    expect([...shown].toSorted()).to.deep.equal([...DEVICE_STATES].toSorted());
  });

  it("A6a the first thirteen are shown in the words of Juniper's table", () => {
    expect(DEVICE_STATES.slice(0, 13).map(deviceStateTitle)).to.deep.equal([
      "Validating",
      "Health Check Successful",
      "Health Check Failed",
      "Activating Maintenance Mode",
      "Maintenance Mode Activated",
      "Rebooting",
      "Image Upgraded",
      "Deactivating Maintenance Mode",
      "Maintenance Mode Deactivated",
      "Maintenance Mode Failure",
      "Hitless Image Upgrade Successful",
      "Hitless Image Upgrade Failed",
      "Skipped",
    ]);
  });
});
