/**
 * Whether devices of other fabrics count for the redundancy groups that name them. Each fabric has its own ledger and its
 * own leader: what is written in one is read by the other right before it takes a device out.
 */
import type { Fabric } from "../../api/fabric.gen.ts";
import { Unreachable } from "../../drivers/driver.ts";
import { elsewhereDevice, namesElsewhere } from "../../planner/topology/elsewhere.ts";
import type { Store } from "../../store/store.ts";
import { ledgerOf } from "./ledger.ts";

/** The other fabrics that the groups of a fabric name, as far as they exist. */
export async function fabricsElsewhere(
  store: Pick<Store, "get">,
  { metadata: { namespace }, spec }: Fabric,
): Promise<Fabric[]> {
  const names = new Set(namesElsewhere(spec).map((name) => elsewhereDevice(name).fabric));
  const found = await Promise.all([...names].map((name) => store.get("Fabric", { namespace, name })));
  return found.flatMap((fabric) => fabric ?? []);
}

/** The devices elsewhere that do not count by what is written: nobody knows them, or somebody holds them out of service. */
export function notCounting(names: readonly string[], others: readonly Fabric[]): string[] {
  return names.filter((name) => {
    const { fabric, device } = elsewhereDevice(name);
    const other = others.find(({ metadata }) => metadata.name === fabric);
    return (
      other === undefined ||
      !other.spec.devices.some((each) => each.name === device) ||
      ledgerOf(other).some((entry) => entry.device === device)
    );
  });
}

/** Everything that is out of service by what is written, in the fabric and elsewhere. */
export function writtenOut(fabric: Fabric, others: readonly Fabric[] = []): string[] {
  return [
    ...ledgerOf(fabric).map(({ device }) => device),
    ...notCounting(namesElsewhere(fabric.spec), others),
  ];
}

/** The devices elsewhere that do not count, with those that do not answer now. */
export async function outElsewhere(
  names: readonly string[],
  others: readonly Fabric[],
  read: (fabric: Fabric, device: string) => Promise<unknown>,
): Promise<string[]> {
  const written = new Set(notCounting(names, others));
  const silent = await Promise.all(
    names.map(async (name) => {
      const { fabric, device } = elsewhereDevice(name);
      const other = others.find(({ metadata }) => metadata.name === fabric);
      if (other === undefined || written.has(name)) return [];
      return (await read(other, device)) instanceof Unreachable ? [name] : [];
    }),
  );
  return [...written, ...silent.flat()];
}
