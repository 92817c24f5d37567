/** Where we are: `#/learn`, `#/families/gamma`, `#/explore`. Hashes, so that a folder works as a site. */
class Route {
  path = $state(read());

  constructor() {
    addEventListener("hashchange", () => {
      this.path = read();
    });
  }

  /** The parts of the address: `["families", "gamma"]`. */
  get parts(): string[] {
    return this.path.split("/").filter(Boolean);
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
