// Ids as small numbers, so that millions of records can name them in a few bytes.

import type { Id } from '../../shared/protocol/records/record.ts';

export class IdNumbers {
  readonly #numbers = new Map<Id, number>();
  readonly #ids: (Id | undefined)[] = [];
  readonly #free: number[] = [];

  /** Ids that have a number. */
  get size(): number {
    return this.#numbers.size;
  }

  /** All numbers are below this. */
  get end(): number {
    return this.#ids.length;
  }

  of(id: Id): number | undefined {
    return this.#numbers.get(id);
  }

  entries(): MapIterator<[Id, number]> {
    return this.#numbers.entries();
  }

  /** undefined for a number that was withdrawn. */
  idOf(number: number): Id | undefined {
    return this.#ids[number];
  }

  /** The number of the id, from now on. */
  take(id: Id): number {
    const held = this.#numbers.get(id);
    if (held !== undefined) return held;
    const number = this.#free.pop() ?? this.#ids.length;
    this.#numbers.set(id, number);
    this.#ids[number] = id;
    return number;
  }

  /** The id has no number any more, and its number, which is returned, no id. */
  withdraw(id: Id): number | undefined {
    const number = this.#numbers.get(id);
    if (number === undefined) return undefined;
    this.#numbers.delete(id);
    this.#ids[number] = undefined;
    return number;
  }

  /** Another id may get a number that was withdrawn. */
  free(number: number): void {
    this.#free.push(number);
  }

  /** Another id may get the number of this one. */
  release(id: Id): void {
    const number = this.withdraw(id);
    if (number !== undefined) this.free(number);
  }
}
