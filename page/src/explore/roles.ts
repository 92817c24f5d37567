import type { Column, Table, Weight } from "./types";

// Words that name what is explained, what only counts rows, and what tells them apart.
const response = /^(y|target|response|outcome|amount|value|price|cost|claims?|visits|count|sales|duration|hours|loss)$/i;
const counting = /(^|_)(weights?|freq|frequency|frequencies|n|times|corps_years|exposure)$/i;
const naming = /^(index|id|row|rownames|unnamed.*|no|nr|year|date|month|day|time|.*_id)$/i;

const numeric = (c: Column) => c.kind === "number" || c.kind === "bool";

/** Where to begin: a response that looks like one, and a weight that says so by its name.
 *  Bundled sets have the response first; in tables from elsewhere it is more often last. */
export function sensible(table: Table, bundled = false): { y: string; weight: Weight | null } {
  const numbers = table.columns.filter((c) => c.kind === "number");
  const written = table.columns.filter((c) => c.nearly);
  const plain = [...numbers, ...written].filter((c) => !counting.test(c.name) && !naming.test(c.name));
  const y = plain.find((c) => response.test(c.name)) ?? plain.at(bundled ? 0 : -1) ?? numbers.at(-1) ?? table.columns.find(numeric) ?? table.columns[0];
  const counts = table.columns.find((c) => c.name !== y?.name && counting.test(c.name) && c.kind === "number" && c.integer && (c.min ?? 0) >= 0);
  return { y: y?.name ?? "", weight: counts ? { column: counts.name, kind: "frequency" } : null };
}

/** In words: "number, 1.8 to 2.3, 2 missing". */
export function describe(c: Column, number: (x: number) => string): string {
  const parts = [{ number: c.integer ? "whole number" : "number", text: "text", date: "date", bool: "yes or no" }[c.kind]];
  if (c.kind === "number" && c.min !== undefined && c.max !== undefined) parts.push(c.min === c.max ? `always ${number(c.min)}` : `${number(c.min)} to ${number(c.max)}`);
  if (c.kind === "date" && c.min !== undefined && c.max !== undefined) parts.push(`${c.min} to ${c.max}`);
  if (c.kind !== "number" && c.levels?.length) parts.push(c.levels.length >= 50 ? "50 levels or more" : `${c.levels.length} ${c.levels.length === 1 ? "level" : "levels"}`);
  if (c.missing) parts.push(`${c.missing} missing`);
  return parts.join(", ");
}

/** Why a column of text is not one of numbers, where it nearly is. */
export function nearly({ nearly: found }: Column): string {
  if (!found) return "";
  const { numbers, cells, others, thousands } = found;
  if (numbers === cells) return thousands ? `Its cells are numbers, written with “${thousands}” between thousands.` : "All of its cells are numbers.";
  const named = others.map((o) => `“${o}”`).join(", ");
  return `${numbers.toLocaleString("en-US")} of ${cells.toLocaleString("en-US")} cells are numbers; not so ${named}${cells - numbers > others.length ? " and more like these" : ""}.`;
}

/** How large a table is, in words. */
export function counted({ rows, columns }: Table): string {
  const some = (n: number, one: string) => `${n.toLocaleString("en-US")} ${one}${n === 1 ? "" : "s"}`;
  return `${some(rows, "row")}, ${some(columns.length, "column")}`;
}
