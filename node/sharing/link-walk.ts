// Walks over all pairs of a torrent and a co-carrier, a slice at a time, so that announces have their turn in between.

import type { CarrierLinks, Link } from '../tracker/carrier-links.ts';

/** May unlink the link that it is given, and no other; returns how many slots it passed, if any. */
export type LinkVisitor = (link: Link) => number;

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

  /** Visits links until `maxPlaces` links and slots were passed, or a few more; true when that was the end. */
  step(maxPlaces: number): boolean {
    for (let places = 0; places < maxPlaces; places++) {
      this.#link = this.#links.following(this.#link);
      if (this.#link === 0) {
        this.#onEnd();
        return true;
      }
      places += this.#visit(this.#link);
    }
    return false;
  }
}
