/** What a plan promises, and how it is said that it does not keep it. */

/**
 * `Connected`: nobody loses service. `Quorum`: of uplinks and of the holders of a critical overlay role at least
 * half stay. `BatchSize`, `TierOrder`, `OnceEach`, `CanaryAlone`, `CanaryFirst`, `GatewaysLast`, `ProtectedLast`: the
 * batches are as the strategy wants them. `Selected`, `DependsOn`: the plan is about the devices that the assignments
 * select, in their order. `Hops`: the images on the way are those that the assignment names. `Exposed`, `Impact`, `Window`, `Hitless`: what the plan says of itself is true.
 */
export type Claim =
  | "Connected"
  | "Quorum"
  | "BatchSize"
  | "TierOrder"
  | "OnceEach"
  | "CanaryAlone"
  | "CanaryFirst"
  | "GatewaysLast"
  | "ProtectedLast"
  | "Selected"
  | "DependsOn"
  | "Hops"
  | "Exposed"
  | "Impact"
  | "Window"
  | "Hitless";

export interface Violation {
  readonly claim: Claim;
  /** Null where no single batch is meant. */
  readonly batch: number | null;
  readonly devices: readonly string[];
  readonly witness: string;
}
