/** `npm run bench`: measures and prints. Nothing is asserted; machines differ. */
import { renderTable } from "../src/cli/render/table.ts";
import { benchNetconf } from "./netconf.ts";
import { benchPlans } from "./plans.ts";

await benchPlans();

console.log("\nNETCONF");
const rows = (await benchNetconf()).map(({ name, value, unit }) => [
  name,
  value.toFixed(value < 10 ? 1 : 0),
  unit,
]);
console.log(renderTable(["what", "value", "unit"], rows, { indent: "  ", right: [1] }));
