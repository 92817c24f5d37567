/** Where a page stands: brought to a place, and kept there while figures above it are still made. */

/** How long what is above may still grow, in ms. */
const SETTLED = 4000;
const MOVES = ["wheel", "touchstart", "keydown", "pointerdown"] as const;

let release = () => {};

/** Go to a place, and again whenever `within` grows, until the reader moves. */
export function hold(place: () => void, within: Element): void {
  release();
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

/** Bring an element to the top. At once: a smooth scroll is overtaken by what grows, and arrives somewhere else. */
export const bring = (element: HTMLElement, within: Element): void => hold(() => element.scrollIntoView({ behavior: "instant" }), within);
