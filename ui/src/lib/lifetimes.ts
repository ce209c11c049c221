/** How long credentials lived, as a distribution. */
import type { OperationView } from "../bindings/protocol";

/** The upper ends of the steps, in milliseconds; 15 s is when a credential is revoked at the latest. */
const STEPS = [
  { below: 100, word: "under 100 ms" },
  { below: 250, word: "100 to 250 ms" },
  { below: 500, word: "250 to 500 ms" },
  { below: 1_000, word: "500 ms to 1 s" },
  { below: 2_000, word: "1 to 2 s" },
  { below: 5_000, word: "2 to 5 s" },
  { below: 15_000, word: "5 to 15 s" },
];

export interface Step {
  /** Below so many milliseconds; `null`: 15 s and more. */
  below: number | null;
  word: string;
  count: number;
}

/** Every credential that is known to have ended, by its life. The step of 15 s and more is there only if one was. */
export function lifetimes(operations: Pick<OperationView, "credentials">[]): Step[] {
  const lives = operations.flatMap((one) => one.credentials.flatMap((each) => (each.life_ms === null ? [] : [each.life_ms])));
  const steps: Step[] = STEPS.map(({ below, word }, index) => ({ below, word, count: lives.filter((life) => life < below && life >= (STEPS[index - 1]?.below ?? 0)).length }));
  const long = lives.filter((life) => life >= 15_000).length;
  return long === 0 ? steps : [...steps, { below: null, word: "15 s and more", count: long }];
}
