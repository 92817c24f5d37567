// What is right for every family is tested from Python, against NumPy (tests/web/test_programs.py).
import { describe, expect, it } from "vitest";
import { argmax } from "$lib/argmax";
import { compile, compileAll, compileMany, type Program } from "$lib/formula";

const coin: Program = { inputs: ["y", "p"], steps: [["log", "p"], ["log1p", 1], ["neg", "p"], ["where", "y", 0, 1]], out: 3 };
const mixed: Program = { inputs: ["y", "a"], steps: [["mul", "y", "y"], ["add", 0, "a"], ["exp", "a"]], out: [1, 2, "a", { c: "-Infinity" }] };

describe("a formula", () => {
  it("takes no step before those that it needs", () => {
    expect(() => compile(coin)).toThrow("before it is known");
  });
  it("has as many outputs as it says", () => {
    expect(compileAll(mixed)(3, 0)).toEqual([9, 1, 0, -Infinity]);
    expect(compile(mixed)(3, 1)).toBe(10);
  });
  it("gives a column what it gives each row, across blocks and again with other numbers", () => {
    const many = compileMany(mixed);
    const y = Float64Array.from({ length: 700 }, (_, k) => k);
    for (const a of [1, 2]) expect(many(y, a)).toEqual(y.map((v) => v * v + a));
  });
  it("is refused the wrong number of inputs", () => {
    expect(() => compile(mixed)(1)).toThrow("takes y, a");
  });
});

describe("argmax", () => {
  it("finds seven heads of ten", () => {
    const loglik = (p: number) => 7 * Math.log(p) + 3 * Math.log(1 - p);
    expect(Math.abs(argmax(loglik, 0, 1) - 0.7)).toBeLessThan(1e-12);
  });
  it("finds a median's corner", () => {
    const data = [2.1, 1.9, 2.0, 2.3, 1.8];
    const loglik = (m: number) => -data.reduce((sum, y) => sum + Math.abs(y - m), 0);
    expect(Math.abs(argmax(loglik, 1.8, 2.3) - 2)).toBeLessThan(1e-10);
  });
});
