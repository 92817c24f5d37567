/** How long an end is looked at before its part counts as read, in ms. */
const LOOKED_AT = 1000;

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
