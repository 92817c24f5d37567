/** Questions as the library makes and grades them, and what is kept of the answers. */
import { live, resource } from "$lib/data";

export interface Question {
  topic: string;
  text: string;
  choices: { text: string; why: string; right: boolean }[];
  code: string;
  answer: string;
}
interface Bank {
  round: number;
  questions: Question[];
}

export const quiz = async () => (await resource<Bank>("quiz")).questions;

/** A round of practice: fresh from the library where it answers, else the next of the bank that was shipped. */
export async function round(number: number): Promise<Question[]> {
  if (live) {
    try {
      return (await resource<Bank>(`practice/${Math.floor(Math.random() * 1000)}`)).questions;
    } catch {
      // the bank has questions, too
    }
  }
  const bank = await resource<Bank>("practice");
  return Array.from({ length: bank.round }, (_, i) => bank.questions[(number * bank.round + i) % bank.questions.length]!);
}

/** What a browser keeps under a name; nothing where it keeps nothing. */
export function kept<T>(name: string, none: T): T {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(name) ?? "null");
    return found === null ? none : (found as T);
  } catch {
    return none;
  }
}
export function keep(name: string, value: unknown): void {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // a browser that keeps nothing asks all the same
  }
}
