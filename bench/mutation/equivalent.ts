/**
 * Mutants that no test can notice, as somebody has found by looking: the program does the same. Each is written down
 * in `equivalent.json`, with the reason. One that matches no mutant any more is an error, so that the list stays true.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Mutant } from "./mutants.ts";

interface Equivalent {
  readonly file: string;
  /** The line of the source, without the spaces around it. */
  readonly line: string;
  /** What is replaced, by what. */
  readonly was: string;
  readonly becomes: string;
  /** Which one, counted from 1, where the line has more than one such mutant; without it all of them are meant. */
  readonly nth?: number;
  readonly reason: string;
}

export interface Candidate {
  readonly file: string;
  readonly mutant: Mutant;
  /** The line of the source that is changed, without the spaces around it. */
  readonly line: string;
  /** Where in the line, spaces included, counted from 1. */
  readonly column: number;
  readonly was: string;
}

/** The reason of each candidate that is written down. Throws for an entry that matches none of its file. */
export function equivalents(all: readonly Candidate[]): Map<Candidate, string> {
  const text = readFileSync(resolve(import.meta.dirname, "equivalent.json"), "utf8");
  const entries: readonly Equivalent[] = JSON.parse(text);
  const found = new Map<Candidate, string>();
  for (const { file, line, was, becomes, nth, reason } of entries) {
    const alike = all.filter(
      (each) =>
        each.file === file && each.line === line && each.was === was && each.mutant.replacement === becomes,
    );
    const meant = nth === undefined ? alike : alike.slice(nth - 1, nth);
    if (meant.length === 0) {
      throw new Error(`equivalent.json: ${file} has no mutant "${was}" -> "${becomes}" in the line: ${line}`);
    }
    for (const candidate of meant) found.set(candidate, reason);
  }
  return found;
}
