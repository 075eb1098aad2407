/** `hitless abandon`: somebody takes a device over, and nothing here cares for it any more. */
import { Command } from "commander";
import { deviceStateTitle } from "../../api/deviceState.ts";
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import { ANNOTATIONS } from "../../api/names.ts";
import { update } from "../../store/retryOnConflict.ts";
import { keyOf } from "../../store/store.ts";
import { CliError } from "../cliError.ts";
import { addClusterOptions, clusterExample, type ClusterOptions } from "../cluster/clusterOptions.ts";
import { confirm, isInteractive } from "../cluster/confirm.ts";
import { parseCampaignName } from "../cluster/target.ts";
import { findUpgrade, outOfServiceSince } from "../cluster/upgrades.ts";
import { withCluster, type Cluster } from "../cluster/withCluster.ts";
import { EXIT_CODES } from "../exitCodes.ts";
import type { CommandContext, Invocation } from "../commandContext.ts";
import { renderTable } from "../render/table.ts";
import { writeLine } from "../terminal.ts";

interface AbandonOptions extends ClusterOptions {
  readonly reason: string;
  readonly yes?: boolean;
}

function examples(invocation: Invocation): string {
  return `
Examples:
  ${clusterExample(invocation, 'abandon dc1-24q4 leaf3 --reason "replaced by hand"')}

For a device that cannot be brought to a safe place: its hardware is gone, or somebody mends it by hand. It is left as
it is, drained or half-upgraded. Its entry in the ledger of the fabric goes, nothing holds its objects any more, and
for its campaign it counts as failed. There is no way back. It is the annotation ${ANNOTATIONS.abandon} on the
device's DeviceUpgrade; whoever sets it needs the verb abandon on deviceupgrades.`;
}

export function abandonCommand(context: CommandContext): Command {
  const command = new Command("abandon")
    .description("give up a device that cannot be brought to a safe place")
    .argument("<campaign>", "UpgradeCampaign in a cluster", parseCampaignName)
    .argument("<device>", "the device's name in the Fabric")
    .requiredOption("--reason <text>", "why; it is kept for people")
    .option("--yes", "do not ask");
  return addClusterOptions(command, context.invocation)
    .addHelpText("after", examples(context.invocation))
    .action(async (campaign: string, device: string, options: AbandonOptions) => {
      if (options.reason.trim() === "") throw new CliError("BadInput", "--reason is empty: say why");
      await withCluster({ context, options }, async (cluster) => {
        const upgrade = await findUpgrade(cluster, campaign, device);
        await abandon({ upgrade, options, context }, cluster);
      });
    });
}

async function abandon(
  {
    upgrade,
    options,
    context,
  }: {
    readonly upgrade: DeviceUpgrade;
    readonly options: AbandonOptions;
    readonly context: CommandContext;
  },
  cluster: Cluster,
): Promise<void> {
  const { terminal, end } = context;
  const { deviceName: device } = upgrade.spec;
  const before = upgrade.metadata.annotations?.[ANNOTATIONS.abandon];
  if (before !== undefined) {
    writeLine(terminal.stdout, `${device} is abandoned already: ${before}`);
    return;
  }
  const out = await outOfServiceSince(cluster, upgrade);
  if (out === undefined && upgrade.status?.finishedAt !== undefined) {
    const state = deviceStateTitle(upgrade.status.state ?? "Unknown");
    throw new CliError(
      "Refused",
      `the upgrade of ${device} has ended (${state}): nothing is left to abandon`,
    );
  }
  writeLine(terminal.stdout, renderState(upgrade, out));
  if (options.yes !== true) {
    if (!isInteractive(terminal)) {
      throw new CliError("BadInput", "there is no terminal to ask at", { hint: "add --yes if you mean it" });
    }
    if (!(await confirm(terminal, `Leave ${device} as it is, for somebody else to mend?`))) {
      writeLine(terminal.stdout, "Not abandoned.");
      end(EXIT_CODES.no);
      return;
    }
  }
  await update(
    { store: cluster.store, kind: "DeviceUpgrade", key: keyOf(upgrade) },
    ({ metadata }) => {
      if (metadata.uid !== upgrade.metadata.uid)
        throw new CliError("Refused", `the upgrade of ${device} is gone`);
      metadata.annotations = { ...metadata.annotations, [ANNOTATIONS.abandon]: options.reason };
    },
    { signal: cluster.signal },
  );
  writeLine(terminal.stdout, `Abandoned: ${device}: ${options.reason}`);
}

function renderState({ spec, status }: DeviceUpgrade, outSince: string | undefined): string {
  const steps = status?.steps ?? [];
  const done = steps.filter(({ state }) => state === "Done").map(({ name }) => name);
  const rows = [
    ["state", deviceStateTitle(status?.state ?? "Pending")],
    ["message", status?.message ?? "-"],
    ["steps done", done.length === 0 ? "none" : done.join(" ")],
    ["out of service", outSince === undefined ? "no" : `since ${outSince}`],
  ];
  return `${spec.deviceName}, batch ${String(spec.batch)} of campaign ${spec.campaignRef.name}\n${renderTable([], rows, { indent: "  " })}`;
}
