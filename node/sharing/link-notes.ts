// Who says that a node carries a torrent, as the bits that are kept with the pair of them.

/** Supernodes told apart, one bit each from bit 0 on. */
export const MAX_WITNESSES = 16;
const WITNESSES_MASK: number = (1 << MAX_WITNESSES) - 1;
/** An allocation said so, or the store remembers it. */
export const ALLOCATED: number = 1 << MAX_WITNESSES;
/** A supernode that knows the torrent does not name the node. */
export const DENIED: number = ALLOCATED << 1;
/** The partner itself says that it does not share the torrent: nothing is sent until somebody says otherwise. */
export const REFUSED: number = DENIED << 1;

export function confirmedBy(notes: number, witness: number): number {
  return (notes | (1 << witness)) & ~(DENIED | REFUSED);
}

export function deniedBy(notes: number, witness: number): number {
  return (notes & ~(1 << witness)) | DENIED;
}

export function forgottenBy(notes: number, witness: number): number {
  return notes & ~(1 << witness);
}

/** Whether nothing speaks for the pair any more; an allocation counts against a denial until minute `until`. */
export function isOver(notes: number, until: number, minute: number): boolean {
  return (notes & WITNESSES_MASK) === 0 && (notes & DENIED) !== 0 && minute >= until;
}
