// Walks over all pairs of a torrent and a co-carrier, a slice at a time, so that announces have their turn in between.

import type { CarrierLinks, Link } from '../tracker/carrier-links.ts';

/** May unlink the link that it is given, and no other. */
export type LinkVisitor = (link: Link) => void;

export class LinkWalk {
  readonly #links: CarrierLinks;
  readonly #visit: LinkVisitor;
  readonly #onEnd: () => void;
  #link: Link = 0;

  constructor(links: CarrierLinks, visit: LinkVisitor, onEnd: () => void) {
    this.#links = links;
    this.#visit = visit;
    this.#onEnd = onEnd;
  }

  /** Visits up to `max` links more; true when that was the end. */
  step(max: number): boolean {
    for (let visited = 0; visited < max; visited++) {
      this.#link = this.#links.following(this.#link);
      if (this.#link === 0) {
        this.#onEnd();
        return true;
      }
      this.#visit(this.#link);
    }
    return false;
  }
}
