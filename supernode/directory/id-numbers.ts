// Ids as small numbers, so that millions of records can name them in a few bytes.

import type { Id } from '../../shared/protocol/record.ts';

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

  /** Of a number that was given out. */
  idOf(number: number): Id {
    return this.#ids[number]!;
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

  /** Another id may get the number. */
  release(id: Id): void {
    const number = this.#numbers.get(id);
    if (number === undefined) return;
    this.#numbers.delete(id);
    this.#ids[number] = undefined;
    this.#free.push(number);
  }
}
