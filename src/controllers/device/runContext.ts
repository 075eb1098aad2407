/** Builds what a step gets to see and to use, for one pass over one device. */
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import { parseDurationSeconds } from "../../api/time.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import {
  FenceClosed,
  Unreachable,
  type Backup,
  type FabricDevice,
  type RunContext,
  type RunSettings,
} from "../../drivers/driver.ts";
import { healthSettings, settingProblems } from "../../health/settings.ts";
import { selects } from "../../planner/selector.ts";
import { findBackup, loadBackup, saveBackup } from "./backups.ts";
import { keyOf } from "../../store/store.ts";
import type { ControllerContext } from "../controllerContext.ts";
import { heldByOthers } from "../fabric/ledger.ts";
import { neighboursOf, peersOf, routerAddressesOf } from "../fabric/proof.ts";
import { tokenOf } from "./token.ts";

/** What became of work that a step left going on. Lost with the process: only the device knows then. */
export interface BackgroundWork {
  lastFailure?: string;
  lastResult?: string;
  running?: Promise<unknown>;
  stop?: AbortController;
  /** The backup that was read last: it cannot be changed, and is compared with at every look. */
  backup?: { readonly secretName: string; readonly contents: Backup };
}

export interface RunContextInput {
  readonly upgrade: DeviceUpgrade;
  readonly fabric: Fabric;
  readonly background: BackgroundWork;
  readonly signal: AbortSignal;
  /** Whether this process may still act on the device; asked right before each change. */
  readonly mayAct: () => boolean;
  /** Its campaign; by default as last seen. */
  readonly campaign?: UpgradeCampaign;
}

export function runContext(
  { store, clock, pool, door, readings, leadership, transfers }: ControllerContext,
  { upgrade, fabric, background, signal, mayAct, campaign: given }: RunContextInput,
): RunContext {
  const { namespace } = upgrade.metadata;
  const name = upgrade.spec.deviceName;
  const device = fabric.spec.devices.find((each) => each.name === name);
  if (device === undefined) throw new Error(`${name} is not in Fabric ${fabric.metadata.name} any more`);
  const key = { namespace, name: upgrade.spec.campaignRef.name };
  const campaign = given ?? store.cached("UpgradeCampaign").get(key);
  return {
    device,
    image: upgrade.spec.image,
    status: upgrade.status ?? {},
    token: tokenOf(upgrade),
    fabricDevices: new Set(fabric.spec.devices.map((each) => each.name)),
    peers: () => peersOf({ readings }, fabric, name),
    neighbours: () => neighboursOf({ readings }, fabric, name),
    routerAddresses: () => routerAddressesOf({ readings }, fabric),
    settings: settingsOf(fabric, campaign, device),
    clock,
    signal,
    gaps: leadership.gapsOf(keyOf(fabric)),
    outOfService: heldByOthers(fabric, tokenOf(upgrade)),
    connect: (other, controlPlane) => pool.connect(fabric, other, controlPlane),
    fence() {
      if (!mayAct()) throw new FenceClosed(`${name}: this process may not act any more`);
    },
    async stillInReach() {
      try {
        await pool.probe(fabric, name);
        return (await store.get("Fabric", { namespace, name: fabric.metadata.name })) !== undefined;
      } catch (error) {
        if (error instanceof Unreachable) return false;
        throw error;
      }
    },
    backups: {
      save: (backup) => door.run(name, "SaveBackup", () => saveBackup(store, upgrade, backup)),
      find: (configuration) => findBackup(store, upgrade, configuration),
      load: async () => {
        const secretName = upgrade.status?.found?.configuration?.secretName;
        if (secretName === undefined) return undefined;
        if (background.backup?.secretName === secretName) return background.backup?.contents;
        const contents = await loadBackup(store, upgrade);
        if (contents !== undefined) background.backup = { secretName, contents };
        return contents;
      },
    },
    pushPackage: (connection, path) =>
      transfers.push(connection, { image: upgrade.spec.image, path }, signal),
    inBackground(work, stop) {
      delete background.lastFailure;
      delete background.lastResult;
      background.running = work;
      if (stop === undefined) delete background.stop;
      else background.stop = stop;
      const ended = (): void => {
        if (background.running !== work) return;
        delete background.running;
        delete background.stop;
      };
      const succeeded = (result: unknown): void => {
        ended();
        if (typeof result === "string") background.lastResult = result;
      };
      work.then(succeeded, (error: unknown) => {
        ended();
        if (stop?.signal.aborted === true) return;
        background.lastFailure = error instanceof Error ? error.message : String(error);
      });
    },
    async stopBackground() {
      const { stop, running } = background;
      if (stop === undefined) return;
      stop.abort();
      await Promise.allSettled([running]);
    },
    lastFailure: () => background.lastFailure,
    lastResult: () => background.lastResult,
    isBusy: () => background.running !== undefined,
  };
}

function settingsOf(
  fabric: Fabric,
  campaign: UpgradeCampaign | undefined,
  device: FabricDevice,
): RunSettings {
  const { drain } = fabric.spec;
  const seconds = parseDurationSeconds(drain.confirmTimeout);
  return {
    ...healthOf(campaign, device),
    soakSeconds: parseDurationSeconds(campaign?.spec.strategy.soak ?? "2m"),
    recoverySnapshot: campaign?.spec.strategy.recoverySnapshot ?? true,
    quietBitsPerSecond: drain.quietBitsPerSecond,
    drainTechnique: campaign?.spec.strategy.drain?.technique ?? "Auto",
    // Junos counts confirmed commits in whole minutes.
    confirmTimeoutMinutes: Math.max(1, Math.ceil(seconds / 60)),
    acceptsLoss: (campaign?.spec.strategy.acceptNonHitless ?? []).some((each) => each.device === device.name),
    acceptedWarnings: new Set(
      (campaign?.spec.strategy.acceptWarnings ?? [])
        .filter((accepted) => accepted.device === device.name)
        .map(({ warning }) => warning),
    ),
  };
}

/** What the campaign says of this very device. What it says wrongly has stopped it already; landing must not. */
function healthOf(
  campaign: UpgradeCampaign | undefined,
  device: FabricDevice,
): Pick<RunSettings, "health" | "abortOnFailure" | "onUnhealthy"> {
  const {
    checks = [],
    abortOnFailure = true,
    onUnhealthy = "Abort",
    overrides = [],
  } = campaign?.spec.healthChecks ?? {};
  const own = overrides.filter(({ selector }) => selects(selector, device));
  const all = [...checks, ...own.flatMap((override) => override.checks ?? [])];
  return {
    health: healthSettings(all.filter((check) => settingProblems([check]).length === 0)),
    abortOnFailure:
      own.findLast((override) => override.abortOnFailure !== undefined)?.abortOnFailure ??
      (abortOnFailure && onUnhealthy !== "Continue"),
    onUnhealthy: onUnhealthy === "Exclude" ? "Exclude" : "Abort",
  };
}
