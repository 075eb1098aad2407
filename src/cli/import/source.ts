/**
 * What an importer has found: devices and links as a source of truth describes them, before anything is checked. The
 * same checks are then made for every source (`buildFabric.ts`).
 */

/** A device as its source describes it. What the source does not say is absent. */
export interface SourceDevice {
  /** As the source writes it. */
  readonly name: string;
  /** Where it stands, for messages: `hosts.ini:12`, `devices.json: results[3]`. */
  readonly place: string;
  /** A host name or address; with its port only where `port` is absent. */
  readonly address?: string;
  readonly port?: number;
  readonly model?: string;
  /**
   * Texts from which role, model and selection are derived, the most telling first; those of one level count the
   * same. For Ansible the role variable, then groups from the deepest on; for NetBox the role.
   */
  readonly hints: readonly (readonly string[])[];
  readonly overlayRoles: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Its routing engines or cluster nodes, each with its own address. */
  readonly controlPlanes?: readonly { readonly name: string; readonly address: string }[];
}

export interface SourcePort {
  readonly device: string;
  readonly interface: string;
}

export interface SourceLink {
  readonly a: SourcePort;
  readonly b: SourcePort;
  readonly place: string;
}

/** Something attached to the fabric. */
export interface SourceSegment {
  readonly name: string;
  readonly esi?: string;
  readonly members: readonly SourcePort[];
  readonly place: string;
}

/** All that a source says. */
export interface Source {
  /** For people: `the Ansible inventory hosts.ini`. */
  readonly title: string;
  readonly devices: readonly SourceDevice[];
  readonly links: readonly SourceLink[];
  readonly segments: readonly SourceSegment[];
  /** What is wrong with the source itself. With one of them nothing is imported. */
  readonly problems: readonly string[];
  /** What people should know and need not mend. */
  readonly notes: readonly string[];
  /** The problems are that devices do not answer: nothing is wrong with what was handed in. */
  readonly unreachable?: boolean;
}
