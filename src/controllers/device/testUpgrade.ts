/** One test of a device for its campaign's `mode: TestRun`: everything that an upgrade would need is looked at. */
import type { Driver } from "../../drivers/driver.ts";
import { Unreachable } from "../../drivers/driver.ts";
import { testDevice, untestable } from "../../drivers/testRun.ts";
import type { TestOutcome } from "../../engine/deviceWorld.ts";
import type { ControllerContext } from "../controllerContext.ts";
import { proveWithout } from "../fabric/proof.ts";
import { explainRpc, explainTransport } from "./reachability.ts";
import { runContext, type RunContextInput } from "./runContext.ts";

/** Changes nothing on the device. The campaign is read as it is now, since its limits are what may have changed. */
export async function testUpgrade(
  context: ControllerContext,
  { driver, ...input }: Omit<RunContextInput, "campaign"> & { readonly driver: Driver },
): Promise<TestOutcome> {
  const { upgrade, fabric, signal } = input;
  const key = { namespace: upgrade.metadata.namespace, name: upgrade.spec.campaignRef.name };
  const campaign = await context.store.get("UpgradeCampaign", key);
  const run = runContext(context, { ...input, ...(campaign === undefined ? {} : { campaign }) });
  try {
    const proof = await proveWithout(context, { fabric, upgrade, since: "Now" });
    return await testDevice({ driver, run, proof });
  } catch (error) {
    signal.throwIfAborted();
    const explained =
      error instanceof Unreachable ? error.explained : (explainTransport(error) ?? explainRpc(error));
    if (explained === undefined) throw error;
    return untestable(explained);
  }
}
