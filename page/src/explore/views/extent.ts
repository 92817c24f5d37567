/** The smallest and largest finite numbers of some lists, with a margin; never an empty range. */
export function extent(lists: Iterable<ArrayLike<number | null>>, margin = 0.04): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const list of lists) {
    for (let i = 0; i < list.length; i++) {
      const v = list[i];
      if (v === null || v === undefined || !Number.isFinite(v)) continue;
      if (v < low) low = v;
      if (v > high) high = v;
    }
  }
  if (low > high) return [0, 1];
  const pad = low === high ? 0.5 * (Math.abs(low) || 1) : margin * (high - low);
  return [low - pad, high + pad];
}

/** Numbers for drawing: what JSON has no word for is a gap. */
export const gaps = (list: ArrayLike<number | null>): number[] => Array.from(list, (v) => v ?? NaN);

/** The height of a drawn surface at (x, y), between its points; rows follow ys. */
export function upon(xs: number[], ys: number[], rows: (number | null)[][], x: number, y: number): number {
  return between(ys, rows.map((row) => between(xs, row, x)), y);
}

/** The height of a drawn curve at x, between its points. */
export function between(xs: ArrayLike<number>, ys: ArrayLike<number | null>, x: number): number {
  let i = 1;
  while (i < xs.length - 1 && xs[i]! < x) i++;
  const [a, b] = [xs[i - 1]!, xs[i]!];
  const t = Math.min(1, Math.max(0, (x - a) / (b - a)));
  return (ys[i - 1] ?? NaN) * (1 - t) + (ys[i] ?? NaN) * t;
}
