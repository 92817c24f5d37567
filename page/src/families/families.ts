/** What the library says of its noise models. */
import { resource } from "$lib/data";
import type { Program } from "$lib/formula";

export interface Parameter {
  name: string;
  latex: string;
  meaning: string;
  domain: [number | null, number | null];
  typical: [number, number];
  link: string;
  known: boolean;
  integer: boolean;
}
export interface Relation {
  to: string;
  slug: string;
  at: Record<string, number | string>;
}
export interface Entry {
  name: string;
  slug: string;
  kind: string;
  summary: string;
  parameters: Parameter[];
  support: string;
  range: [number | null, number | null];
  discrete: boolean;
  labels: boolean;
  relations: Relation[];
}
export interface Family extends Entry {
  docstring: string;
  declaration: string;
  formula_latex: string | null;
  program: Program | null;
  why: string;
  moments: Program | null;
  derivation: { family: string; steps: { title: string; sentence: string; latex: string; text: string }[]; estimates: Record<string, string | null>; why: string };
  losses: { name: string; relation: string; formula: string; held: string; optimum: string }[];
  code: Record<string, string | null>;
  sample: number[];
}

export const entries = async () => (await resource<{ families: Entry[] }>("families")).families;
export const page = (slug: string) => resource<Family>(`families/${slug}`);

/** When the general family becomes the special one, in words: "shape = 1", "df → ∞". */
export function when({ at }: Relation): string {
  const said = Object.entries(at).map(([name, v]) => {
    const value = Number(v);
    return Number.isFinite(value) ? `${name} = ${value}` : `${name} → ${value > 0 ? "∞" : "−∞"}`;
  });
  return said.join(", ") || "with tied parameters";
}

/** The kinds in their order, with titles. */
const TITLES: Record<string, string> = {
  real: "Real numbers",
  positive: "Positive numbers",
  unit: "Between two ends",
  counts: "Counts",
  categories: "Labels",
  extremes: "Extremes",
  circular: "Angles",
};
export function kinds(families: readonly Entry[]): { kind: string; title: string; families: Entry[] }[] {
  const order = Object.keys(TITLES);
  const found = [...new Set(families.map((f) => f.kind))].sort((a, b) => (order.indexOf(a) + 99) % 99 - ((order.indexOf(b) + 99) % 99));
  return found.map((kind) => ({ kind, title: TITLES[kind] ?? kind, families: families.filter((f) => f.kind === kind) }));
}
