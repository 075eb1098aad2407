/** Which tests are asked about a mutant, and in which order: those that reach it, the quick ones first. */
import type { Answer, CoveredTest, Question } from "./worker.ts";

export type Coverage = Extract<Answer, { kind: "Covered" }>;

export interface Reach {
  readonly isStatic: boolean;
  /** None for a mutant that no test reaches. */
  readonly questions: readonly Question[];
}

/** `fileOf`: where a mutant is. */
export function reachOf(
  { statics, loading, tests }: Coverage,
  fileOf: readonly string[],
): (mutant: number) => Reach {
  const quickFirst = tests.toSorted((a, b) => a.milliseconds - b.milliseconds);
  const atLoading = new Map(Object.entries(loading).map(([file, mutants]) => [file, new Set(mutants)]));
  const byMutant = new Map<number, CoveredTest[]>();
  const byFile = new Map<string, Set<CoveredTest>>();
  for (const test of quickFirst) {
    for (const mutant of new Set([...test.reaches, ...(atLoading.get(test.file) ?? [])])) {
      byMutant.set(mutant, [...(byMutant.get(mutant) ?? []), test]);
      const file = fileOf[mutant] ?? "";
      byFile.set(file, (byFile.get(file) ?? new Set()).add(test));
    }
  }
  const isAtStart = new Set(statics);
  return (mutant) => {
    // A constant: whoever runs the rest of its file may depend on it.
    const isStatic = isAtStart.has(mutant);
    const own = isStatic ? [...(byFile.get(fileOf[mutant] ?? "") ?? [])] : (byMutant.get(mutant) ?? []);
    const questions = own.map(({ file, title, asks }): Question => {
      return { file, title, asks, isLoadedAnew: atLoading.get(file)?.has(mutant) ?? false };
    });
    return { isStatic, questions };
  };
}
