import fc from "fast-check";
import { shape, worldOf, outOf, groupsOf } from "./arbitraryWorld.ts";
import { discover, fabricOf, plan, campaignOf, declarationsOf } from "./support.ts";
import { verifyPlan } from "../../src/planner/verify.ts";
const runs = Number(process.argv[2] ?? 2000);
const seed = Number(process.argv[3] ?? 1);
let gap = 0,
  count = 0,
  exposedCount = 0;
const mode = process.argv[4] ?? "devices";
const r = fc.check(
  fc.property(shape, fc.integer({ min: 1, max: 5 }), (drawn, cap) => {
    const world = worldOf(drawn);
    const fabric = fabricOf(world, {
      ...(mode === "files" ? declarationsOf(world) : {}),
      redundancyGroups: groupsOf(drawn, world),
    });
    if (mode === "files")
      for (const seg of fabric.spec.multihoming.segments ?? [])
        if (seg.members.length > 2) seg.minAvailable = 2;
    const outOfService = outOf(drawn, world);
    const result = plan({
      fabric,
      outOfService,
      discovery: mode === "files" ? null : discover(world),
      campaign: campaignOf({ maxBatchSize: cap }),
    });
    count++;
    if (result.plan.batches.length > result.plan.lowerBound) gap++;
    if (result.plan.exposed.length) exposedCount++;
    const v = verifyPlan(result.plan, result.topology, {
      outOfService,
      groups: fabric.spec.redundancyGroups!,
      maxBatchSize: cap,
      accepted: result.plan.exposed.map((e) => e.device),
    });
    const bad = v.filter((x) => !(x.claim === "Hitless"));
    if (bad.length)
      throw new Error(
        JSON.stringify(
          { bad, exposed: result.plan.exposed, batches: result.plan.batches.map((b) => b.devices) },
          null,
          1,
        ),
      );
  }),
  { numRuns: runs, seed },
);
console.log(count, "gap", gap, "exposed", exposedCount);
if (r.failed) {
  console.log(JSON.stringify(r.counterexample));
  console.log(String((r as any).errorInstance?.message ?? (r as any).error).slice(0, 3000));
  console.log(r.counterexample && JSON.stringify(worldOf(r.counterexample[0])));
}
