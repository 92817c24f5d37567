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
  return decodeURIComponent(location.hash.replace(/^#/, "")) || "/learn";
}

export const route = new Route();
