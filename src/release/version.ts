/**
 * Junos releases: how they are written and how they are ordered. Releases form trains (R, and the side branches
 * X and F) that have no order among each other; a build by a developer has none at all. Where there is no
 * order this says so, and never guesses.
 */

interface ReleaseFacts {
  /** As it was written, trimmed. */
  readonly text: string;
  /** Junos OS Evolved: another operating system with the same numbers. */
  readonly evo: boolean;
}

/** A release of a train: `18.4R2-S3.4`, `15.1X53-D62.5`, `15.1F6-S7.2`. */
export interface TrainRelease extends ReleaseFacts {
  readonly kind: "R" | "X" | "F";
  readonly major: number;
  readonly minor: number;
  /** What follows the letter: 2 in `18.4R2`, 53 in `15.1X53`. */
  readonly number: number;
  /** The service release (`-S3`), in an X train the delivery (`-D62`); 0 without one. */
  readonly update: number;
  /** The build of the same release (`.4` in `18.4R2-S3.4`); undefined where it is not stated. */
  readonly respin: number | undefined;
  /** The add-on for new hardware (JAM): `C1.12` in `15.1F5.15-C1.12`. */
  readonly addOn: string | undefined;
}

/** A development or daily build: equal to itself, without an order. */
export interface UnknownRelease extends ReleaseFacts {
  readonly kind: "Unknown";
}

export type Release = TrainRelease | UnknownRelease;

/** How the first of two releases stands to the second. */
export type ReleaseOrder = "Older" | "Same" | "Newer" | "Incomparable";

const SUFFIX = "(?:[-.](?:domestic|export|limited|secure|signed))*";

const TRAIN_RELEASE = new RegExp(
  "^(?<major>\\d{1,4})\\.(?<minor>\\d{1,4})" +
    "(?:(?<train>[RF])(?<number>\\d{1,6})(?:-S(?<service>\\d{1,6}))?|(?<side>X)(?<sideNumber>\\d{1,6})(?:-D(?<delivery>\\d{1,6}))?)" +
    `(?:\\.(?<respin>\\d{1,6}))?(?:-(?<addOn>C\\d{1,6}(?:\\.\\d{1,6})*))?(?<evo>-EVO)?${SUFFIX}$`,
  "i",
);

/** Every Junos version begins like this, builds of developers too. */
const ANY_VERSION = /^\d{1,4}\.\d{1,4}(?:[A-Z]|-\d)[\w.-]*$/i;

/**
 * Reads a release as devices and package names write it. Null when the text is no Junos version at all;
 * a version whose form has no place in a train is `Unknown`.
 */
export function parseRelease(text: string): Release | null {
  const trimmed = text.trim();
  const groups = TRAIN_RELEASE.exec(trimmed)?.groups;
  if (groups === undefined) {
    return ANY_VERSION.test(trimmed)
      ? { kind: "Unknown", text: trimmed, evo: /-EVO\b/i.test(trimmed) }
      : null;
  }
  const { major, minor, train, number, service, side, sideNumber, delivery, respin, addOn, evo } = groups;
  return {
    kind: side !== undefined ? "X" : train?.toUpperCase() === "F" ? "F" : "R",
    text: trimmed,
    evo: evo !== undefined,
    major: Number(major),
    minor: Number(minor),
    number: Number(number ?? sideNumber),
    update: Number(service ?? delivery ?? 0),
    respin: respin === undefined ? undefined : Number(respin),
    addOn: addOn?.toUpperCase(),
  };
}

/**
 * How `a` stands to `b`. Releases of the R train have a total order; X and F releases only within the same
 * branch (`15.1X53`); everything else is `Incomparable` unless it is the same text. The respin counts only where
 * both state one: the release 20.2R3 that a user writes is the 20.2R3.9 that a device runs.
 */
export function compareReleases(a: Release, b: Release): ReleaseOrder {
  if (a.kind === "Unknown" || b.kind === "Unknown") return a.text === b.text ? "Same" : "Incomparable";
  if (a.kind !== b.kind || a.evo !== b.evo) return "Incomparable";
  const order = compareNumbers(trainPosition(a), trainPosition(b));
  if (a.kind !== "R" && order !== 0) return "Incomparable";
  const position =
    order ||
    a.update - b.update ||
    (a.respin === undefined || b.respin === undefined ? 0 : a.respin - b.respin);
  if (position !== 0) return position < 0 ? "Older" : "Newer";
  // The same release with and without an add-on: not the same software, and neither is the newer one.
  return a.addOn === b.addOn ? "Same" : "Incomparable";
}

/** Whether both are the same release; a respin that only one of them states does not matter. */
export function sameRelease(a: Release, b: Release): boolean {
  return compareReleases(a, b) === "Same";
}

/** Whether two texts name the same release; a text that names none is the same as nothing. */
export function nameSameRelease(one: string, other: string): boolean {
  const [a, b] = [parseRelease(one), parseRelease(other)];
  return a !== null && b !== null && sameRelease(a, b);
}

/** Whether the release is the minimum or a later one of the same train; without an order it is not. */
export function atLeast(release: Release, minimum: Release): boolean {
  const order = compareReleases(release, minimum);
  return order === "Same" || order === "Newer";
}

/** The release in Junos's own spelling, without suffixes such as `-domestic`. */
export function formatRelease(release: Release): string {
  if (release.kind === "Unknown") return release.text;
  const { kind, major, minor, number, update, respin, addOn, evo } = release;
  const updateMark = kind === "X" ? "-D" : "-S";
  return [
    `${major}.${minor}${kind}${number}`,
    update === 0 ? "" : `${updateMark}${update}`,
    respin === undefined ? "" : `.${respin}`,
    addOn === undefined ? "" : `-${addOn}`,
    evo ? "-EVO" : "",
  ].join("");
}

function trainPosition({ major, minor, number }: TrainRelease): readonly number[] {
  return [major, minor, number];
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
