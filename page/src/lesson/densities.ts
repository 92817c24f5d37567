/** The log-densities of the lesson: the library's own formulas, run here so that a drag asks no server. */
import { resource } from "$lib/data";
import { compile, type Program } from "$lib/formula";

type LogDensity = (y: number, ...parameters: number[]) => number;
export type Densities = Record<"bernoulli" | "binomial" | "normal" | "laplace" | "student_t", LogDensity>;

export async function densities(): Promise<Densities> {
  const { programs } = await resource<{ programs: Record<keyof Densities, Program> }>("lesson/programs");
  return Object.fromEntries(Object.entries(programs).map(([name, program]) => [name, compile(program)])) as Densities;
}

/** ℓ: the sum of the log-densities of the data. */
export function loglik(density: LogDensity, data: readonly number[], ...parameters: number[]): number {
  return data.reduce((sum, y) => sum + density(y, ...parameters), 0);
}

/** The derivative of a smooth function by four of its values, within the range where it is defined. */
export function slope(f: (x: number) => number, x: number, low = -Infinity, high = Infinity): number {
  const h = Math.min(1e-3, (x - low) / 20, (high - x) / 20);
  return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h);
}

/** Evenly spaced numbers, both ends among them. */
export function grid(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
}
