/** Where we are: `#/learn`, `#/families/gamma`, `#/explore`. Hashes, so that a folder works as a site. */
import { tick } from "svelte";
import { hold } from "./place";

class Route {
  path = $state(read());
  /** How far each address was scrolled when it was left, for the way back. */
  #scrolled = new Map<string, number>();

  constructor() {
    let followed = false; // a link, and not the way back
    const heed = ({ target, ctrlKey, metaKey, shiftKey }: MouseEvent) => {
      const link = (target as Element).closest?.<HTMLAnchorElement>('a[href^="#/"]');
      followed = Boolean(link) && link!.hash !== location.hash && !ctrlKey && !metaKey && !shiftKey;
    };
    addEventListener("click", heed, { capture: true });
    addEventListener("scroll", () => this.#scrolled.set(this.path, scrollY), { passive: true });
    addEventListener("hashchange", () => {
      const before = this.path;
      this.path = read();
      if (this.path !== before) void this.#arrive(followed);
      followed = false;
    });
  }

  /** The parts of the address: `["families", "gamma"]`. */
  get parts(): string[] {
    return this.path.split("/").filter(Boolean);
  }

  /** A link leads to the top of its page, the way back to where that was left; a part of the lesson finds its own place. */
  async #arrive(followed: boolean): Promise<void> {
    const [section, part] = this.parts;
    const top = followed ? 0 : (this.#scrolled.get(this.path) ?? 0);
    await tick();
    if (section === "learn" && part) return;
    hold(() => scrollTo({ top, behavior: "instant" }), document.body);
    if (followed) document.getElementById("main")?.focus({ preventScroll: true });
  }
}

function read(): string {
  const path = location.hash.replace(/^#/, "");
  try {
    return decodeURIComponent(path) || "/learn";
  } catch {
    return path; // a stray % is no reason for an empty page
  }
}

export const route = new Route();
