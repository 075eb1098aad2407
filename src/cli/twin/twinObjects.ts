/** The objects of a campaign, moved from the real fabric to its twin: only addresses, login and host keys differ. */
import type { Fabric } from "../../api/fabric.gen.ts";
import { CREDENTIAL_KEYS, KNOWN_HOSTS_KEY } from "../../api/names.ts";
import { formatKnownHost } from "../../netconf/knownHosts.ts";
import type { ServedDevice } from "../../simulator/fabricSimulator.ts";
import type { Store } from "../../store/store.ts";
import type { CampaignInput } from "../manifests/campaignInput.ts";

/**
 * Creates the objects in the store of the twin. The campaign is as written, except that it waits for the approval
 * of the plan that will be made here, and that nothing pauses it.
 */
export async function createTwinObjects(
  store: Store,
  { fabric, campaign, images }: CampaignInput,
  served: readonly ServedDevice[],
): Promise<void> {
  const { namespace } = fabric.metadata;
  const { credentialsSecretRef, knownHostsRef } = fabric.spec.connection;
  await store.create("Secret", {
    metadata: { namespace, name: credentialsSecretRef.name },
    type: "Opaque",
    data: loginOf(served),
  });
  await store.create("ConfigMap", {
    metadata: { namespace, name: knownHostsRef.name },
    data: { [KNOWN_HOSTS_KEY]: knownHostsOf(served) },
  });
  await store.create("Fabric", {
    metadata: { namespace, name: fabric.metadata.name },
    spec: {
      ...fabric.spec,
      devices: relocate(fabric.spec.devices, served),
      // A twin has one fabric: nobody can say of a group over several whether it is kept.
      redundancyGroups: (fabric.spec.redundancyGroups ?? []).filter(
        ({ elsewhere }) => elsewhere === undefined,
      ),
    },
  });
  for (const { metadata, spec } of images) {
    await store.create("DeviceImage", { metadata: { namespace, name: metadata.name }, spec });
  }
  await store.create("UpgradeCampaign", {
    metadata: { namespace, name: campaign.metadata.name },
    spec: {
      ...campaign.spec,
      mode: campaign.spec.mode === "TestRun" ? "TestRun" : "Upgrade",
      paused: false,
      approval: { policy: "Manual" },
    },
  });
}

function loginOf([device]: readonly ServedDevice[]): Record<string, string> {
  const encode = (text: string): string => Buffer.from(text).toString("base64");
  return {
    [CREDENTIAL_KEYS.username]: encode(device?.username ?? ""),
    [CREDENTIAL_KEYS.password]: encode(device?.password ?? ""),
  };
}

/** The known_hosts file of served devices. */
export function knownHostsOf(served: readonly ServedDevice[]): string {
  const line = (address: string, port: number, hostKey: string): string => {
    const blob = Buffer.from(hostKey.split(" ")[1] ?? "", "base64");
    return formatKnownHost(address, port, blob);
  };
  const lines = served.flatMap(({ address, port, hostKey, controlPlanes }) => [
    line(address, port, hostKey),
    // Whichever of the two is the master answers at the device's address, with its own key.
    ...controlPlanes.flatMap((plane) => [
      line(plane.address, plane.port, plane.hostKey),
      ...(plane.hostKey === hostKey ? [] : [line(address, port, plane.hostKey)]),
    ]),
  ]);
  return `${lines.join("\n")}\n`;
}

function relocate(
  devices: Fabric["spec"]["devices"],
  served: readonly ServedDevice[],
): Fabric["spec"]["devices"] {
  const places = new Map(served.map((device) => [device.name, device]));
  return devices.map((device) => {
    const place = places.get(device.name);
    if (place === undefined) return device;
    const at = ({ address, port }: { address: string; port: number }): string => `${address}:${String(port)}`;
    const planes = new Map(place.controlPlanes.map((plane) => [plane.name, plane]));
    const controlPlanes = device.controlPlanes?.map((plane) => {
      const own = planes.get(plane.name);
      return own === undefined ? plane : { ...plane, address: at(own) };
    });
    return {
      ...device,
      address: at(place),
      ...(controlPlanes === undefined ? {} : { controlPlanes }),
    };
  });
}
