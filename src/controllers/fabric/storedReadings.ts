/**
 * What lies in ConfigMaps and does not change under its name: a fabric's topology until it is read anew, a campaign's
 * plan for ever. Kept, so that a look at a device does not read and build it all again.
 */
import type { Fabric } from "../../api/fabric.gen.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import { buildTopology, type Topology } from "../../planner/topology/topology.ts";
import type { Store } from "../../store/store.ts";
import { loadPlan, type PlanRecord } from "../campaign/planStore.ts";
import { loadTopology, type StoredTopology } from "./topologyStore.ts";

/** The last reading of a fabric, and the graph that it and the declarations make. */
export interface FabricKnowledge {
  readonly stored: StoredTopology;
  readonly topology: Topology;
  /** The graph of the last reading without gaps. */
  readonly complete: Topology;
}

export interface StoredReadings {
  topologyOf(fabric: Fabric): Promise<FabricKnowledge>;
  /** The plan that the campaign's status names; undefined while there is none. */
  planOf(campaign: UpgradeCampaign): Promise<PlanRecord | undefined>;
}

interface Kept<T> {
  readonly version: string;
  readonly value: T;
}

/** One of each per object is kept. */
export function storedReadings(store: Store): StoredReadings {
  const topologies = new Map<string, Kept<FabricKnowledge>>();
  const plans = new Map<string, Kept<PlanRecord>>();
  return {
    async topologyOf(fabric) {
      const { uid, generation } = fabric.metadata;
      const discoveredAt = fabric.status?.discoveredAt;
      const version = `${String(generation)} ${String(discoveredAt)}`;
      const kept = topologies.get(uid);
      if (kept?.version === version) return kept.value;
      const stored = await loadTopology(store, fabric);
      const topology = buildTopology(fabric.spec, stored.discoveries);
      const isComplete = stored.complete === stored.discoveries;
      const complete = isComplete ? topology : buildTopology(fabric.spec, stored.complete);
      const value = { stored, topology, complete };
      if (discoveredAt !== undefined) topologies.set(uid, { version, value });
      return value;
    },
    async planOf(campaign) {
      const name = campaign.status?.plan?.configMapRef.name;
      const { uid } = campaign.metadata;
      const kept = plans.get(uid);
      if (name !== undefined && kept?.version === name) return kept.value;
      const value = await loadPlan(store, campaign);
      if (name !== undefined && value !== undefined) plans.set(uid, { version: name, value });
      return value;
    },
  };
}
