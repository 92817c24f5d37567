/** The map of families: a column for each number of parameters, near those they are related to. */
import type { Entry, Relation } from "./families";
import { when } from "./families";

export interface Place {
  family: Entry;
  x: number;
  y: number;
  width: number;
}
export interface Edge {
  from: string;
  to: string;
  says: string;
  path: string;
  at: [number, number];
}
export interface Layout {
  places: Place[];
  edges: Edge[];
  columns: { x: number; title: string }[];
  height: number;
  width: number;
}

/** About how wide the box of a name is, until it has been measured. */
const letters = (name: string, size: number) => name.length * size * 0.56 + 18;
const free = (f: Entry) => Math.min(3, f.labels ? 3 : f.parameters.filter((p) => !p.known).length);

/** Families that are related, directly or through others; the largest group first, loners last. */
function groups(families: readonly Entry[]): Entry[][] {
  const group = new Map(families.map((f) => [f.name, new Set([f.name])]));
  for (const f of families)
    for (const { to } of f.relations) {
      const [a, b] = [group.get(f.name)!, group.get(to)];
      if (!b || a === b) continue;
      for (const name of b) {
        a.add(name);
        group.set(name, a);
      }
    }
  return [...new Set(group.values())]
    .map((names) => families.filter((f) => names.has(f.name)))
    .sort((a, b) => b.length - a.length);
}

/** Orders of the columns of one group in which lines cross seldom: each family near the mean of its relatives. */
function ordered(group: readonly Entry[]): Entry[][] {
  const columns = [3, 2, 1].map((k) => group.filter((f) => free(f) === k));
  const near = (f: Entry) => [...f.relations.map((k) => k.to), ...group.filter((g) => g.relations.some((k) => k.to === f.name)).map((g) => g.name)];
  for (let round = 0; round < 24; round++) {
    const at = new Map(columns.flatMap((c) => c.map((f, i): [string, number] => [f.name, (i + 0.5) / c.length])));
    const c = columns[round % 3]!;
    const aim = (f: Entry) => {
      const own = near(f).filter((n) => at.has(n));
      return own.length ? own.reduce((sum, n) => sum + at.get(n)!, 0) / own.length : at.get(f.name)!;
    };
    const aims = new Map(c.map((f) => [f.name, aim(f)]));
    c.sort((a, b) => aims.get(a.name)! - aims.get(b.name)!);
  }
  return columns;
}

/** `measured`: the widths of the boxes by name, so that lines begin where boxes end. */
export function layout(families: readonly Entry[], width: number, measured: Readonly<Record<string, number>> = {}): Layout {
  const size = width < 560 ? 12 : 14;
  const row = 37;
  const wide = (f: Entry) => measured[f.name] ?? letters(f.name, size);
  const longest = (k: number) => Math.max(0, ...families.filter((f) => free(f) === k).map(wide));
  const widths = [3, 2, 1].map(longest);
  const bow = 34; // room for lines between two of one parameter
  const gap = Math.max(26, (width - bow - widths.reduce((a, b) => a + b, 0)) / 2);
  const whole = widths.reduce((a, b) => a + b, 0) + 2 * gap + bow;
  const lefts = [0, widths[0]! + gap, widths[0]! + widths[1]! + 2 * gap];
  const places: Place[] = [];
  let top = 34;
  const all = groups(families);
  const loners = all.filter((g) => g.length === 1).flat();
  const related = all.filter((g) => g.length > 1);
  for (const group of related) {
    const columns = ordered(group);
    const tall = Math.max(...columns.map((c) => c.length));
    columns.forEach((c, k) =>
      c.forEach((family, i) => {
        const y = top + row * (((i + 0.5) * tall) / c.length);
        places.push({ family, x: lefts[k]!, y, width: wide(family) });
      }),
    );
    top += row * tall + row * 0.5;
  }
  // those without relatives fill what is left of their columns, below
  const filled = [0, 0, 0];
  for (const family of loners) {
    const k = 3 - free(family);
    places.push({ family, x: lefts[k]!, y: top + row * (0.5 + filled[k]!), width: wide(family) });
    filled[k]! += 1;
  }
  top += row * Math.max(0, ...filled);
  const by = new Map(places.map((p) => [p.family.name, p]));
  const edges = families.flatMap((f) => f.relations.flatMap((relation) => edge(f, relation, by)));
  const titles = width < 560 ? ["3 or more", "2", "1"] : ["three parameters or more", "two parameters", "one parameter"];
  return { places, edges, columns: lefts.map((x, k) => ({ x, title: titles[k]! })), height: top + 12, width: Math.max(width, whole) };
}

function edge(f: Entry, relation: Relation, by: Map<string, Place>): Edge[] {
  const [a, b] = [by.get(f.name), by.get(relation.to)];
  if (!a || !b) return [];
  const says = when(relation);
  if (a.x === b.x) {
    // in the same column: a bow on the right
    const [x, bow] = [a.x + Math.max(a.width, b.width) + 2, 26];
    const path = `M${a.x + a.width},${a.y} C${x + bow},${a.y} ${x + bow},${b.y} ${b.x + b.width},${b.y}`;
    return [{ from: f.name, to: relation.to, says, path, at: [x + bow * 0.7, (a.y + b.y) / 2] }];
  }
  const [x0, x1] = [a.x + a.width, b.x];
  const middle = (x0 + x1) / 2;
  const path = `M${x0},${a.y} C${middle},${a.y} ${middle},${b.y} ${x1},${b.y}`;
  return [{ from: f.name, to: relation.to, says, path, at: [middle, (a.y + b.y) / 2] }];
}
