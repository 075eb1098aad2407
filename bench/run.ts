/** `npm run bench`: measures and prints. Nothing is asserted; machines differ. */
import { renderTable } from "../src/cli/render/table.ts";
import { benchNetconf } from "./netconf.ts";
import { benchCampaign, benchOutOfService } from "./outOfService.ts";
import { benchPlans } from "./plans.ts";

await benchPlans();

console.log("\nNETCONF");
const rows = (await benchNetconf()).map(({ name, value, unit }) => [
  name,
  value.toFixed(value < 10 ? 1 : 0),
  unit,
]);
console.log(renderTable(["what", "value", "unit"], rows, { indent: "  ", right: [1] }));

console.log("\nout of service, in model time: the same on every machine");
const ratio = (one: number, other: number | null): string => (other === null ? "" : (one / other).toFixed(3));
const seconds = (value: number | null): string => (value === null ? "" : value.toFixed(0));
console.log(
  renderTable(
    ["device", "measured s", "physics s", "ratio", "contrail s", "ratio"],
    (await benchOutOfService()).map(({ driver, measuredSeconds, physicalSeconds, contrailSeconds }) => [
      driver,
      seconds(measuredSeconds),
      seconds(physicalSeconds),
      ratio(measuredSeconds, physicalSeconds),
      seconds(contrailSeconds),
      ratio(measuredSeconds, contrailSeconds),
    ]),
    { indent: "  ", right: [1, 2, 3, 4, 5] },
  ),
);
console.log("  Contrail's flow reboots both routing engines of a router at once, and knows no clusters.");
const whole = await benchCampaign();
console.log(
  `  ${String(whole.devices)} switches in ${String(whole.batches)} batches: ${seconds(whole.measuredSeconds)} s, ` +
    `Contrail's flow ${seconds(whole.contrailSeconds)} s, ratio ${ratio(whole.measuredSeconds, whole.contrailSeconds)}`,
);
