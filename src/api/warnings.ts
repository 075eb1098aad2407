/**
 * What an upgrade costs although nothing is wrong: not refused, but to be accepted by name in
 * `strategy.acceptWarnings` before the plan can be approved. Persisted: never renamed.
 */
export const WARNINGS = ["UnsupportedPic", "UnsupportedProtocol"] as const;

export type Warning = (typeof WARNINGS)[number];

/** A warning with the words for people that go with it. */
export interface ExplainedWarning {
  readonly warning: Warning;
  readonly message: string;
}
