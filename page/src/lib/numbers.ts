const minus = "−";

/** A number as people write it: `digits` significant digits, a true minus, powers of ten by ×10. */
export function number(x: number | null | undefined, digits = 4): string {
  if (x === null || x === undefined || Number.isNaN(x)) return "–";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : `${minus}∞`;
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 1e6 || size < 1e-4) {
    const [head, power] = x.toExponential(Math.max(0, digits - 1)).split("e") as [string, string];
    return `${head.replace("-", minus)}×10${raised(Number(power))}`;
  }
  const text = Number(x.toPrecision(digits)).toLocaleString("en-US", { maximumSignificantDigits: digits, useGrouping: size >= 1e4 });
  return text.replace("-", minus);
}

/** A number with a fixed count of decimals, for figures that must not jump while they move. */
export function fixed(x: number, decimals = 2): string {
  if (Number.isNaN(x)) return "–";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : `${minus}∞`;
  const text = x.toFixed(decimals);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", minus);
}

function raised(power: number): string {
  return String(power).replace(/[-0-9]/g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]!);
}
