// How much memory the swarms may take into use. Stores ask in large steps, and what they were given they keep: freed
// entries are used again by their own store.

export class MemoryBudget {
  usedBytes = 0;
  readonly limitBytes: number;

  constructor(limitBytes: number = Number.POSITIVE_INFINITY) {
    this.limitBytes = limitBytes;
  }

  hasRoom(bytes: number): boolean {
    return this.usedBytes + bytes <= this.limitBytes;
  }

  /** False, and nothing taken, when that would be too much. */
  take(bytes: number): boolean {
    if (!this.hasRoom(bytes)) return false;
    this.usedBytes += bytes;
    return true;
  }
}
