// Bodies that have not come whole yet take a bounded memory together. Those of honest callers are whole within moments: the
// one that was begun first makes room.

export class UnfinishedBodies {
  readonly #maxBytes: number;
  /** Oldest first. */
  readonly #bodies = new Set<UnfinishedBody>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** `drop` is called when it has to make room; it has ended then. */
  begin(drop: () => void): UnfinishedBody {
    let bytes = 0;
    const body: UnfinishedBody = {
      drop,
      grow: (by) => {
        bytes += by;
        this.#bytes += by;
        this.#makeRoom();
      },
      end: () => {
        if (this.#bodies.delete(body)) this.#bytes -= bytes;
      },
    };
    this.#bodies.add(body);
    return body;
  }

  #makeRoom(): void {
    for (const oldest of this.#bodies) {
      if (this.#bytes <= this.#maxBytes) return;
      oldest.end();
      oldest.drop();
    }
  }
}

/** Not to grow after its end. */
export interface UnfinishedBody {
  readonly drop: () => void;
  /** So many bytes have come. */
  readonly grow: (bytes: number) => void;
  /** Is whole, or given up; may be called again. */
  readonly end: () => void;
}
