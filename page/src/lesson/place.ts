/** How long an end is looked at before its part counts as read, in ms. */
const LOOKED_AT = 1000;
/** How long what is above may still grow. */
const SETTLED = 4000;
const MOVES = ["wheel", "touchstart", "keydown", "pointerdown"] as const;

let release = () => {};

/** Bring an element to the top, and keep it there while figures above it are still made, until the reader moves. */
export function bring(element: HTMLElement, within: HTMLElement): void {
  release();
  // at once: a smooth scroll is overtaken by what grows, and arrives somewhere else
  const place = () => element.scrollIntoView({ behavior: "instant" });
  place();
  const grown = new ResizeObserver(place);
  grown.observe(within);
  const rest = setTimeout(() => release(), SETTLED);
  release = () => {
    grown.disconnect();
    clearTimeout(rest);
    MOVES.forEach((kind) => removeEventListener(kind, release));
    release = () => {};
  };
  MOVES.forEach((kind) => addEventListener(kind, release, { passive: true }));
}

/** Call `seen` for each end that stays in the window for a second; a scroll past it does not count. */
export function whenLookedAt(ends: HTMLElement[], seen: (end: HTMLElement) => void): () => void {
  const waiting = new Map<Element, ReturnType<typeof setTimeout>>();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      clearTimeout(waiting.get(target));
      if (isIntersecting) waiting.set(target, setTimeout(() => seen(target as HTMLElement), LOOKED_AT));
    }
  });
  ends.forEach((end) => observer.observe(end));
  return () => {
    observer.disconnect();
    waiting.forEach((timer) => clearTimeout(timer));
  };
}
