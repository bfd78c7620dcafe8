// What SQLite and PostgreSQL do differently; everything else is written once, in SQL that both understand.

import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './tables.ts';

/**
 * `busy`: the same transaction may work when tried again. `lost`: the database is out of reach. `read-only`: it answers, and
 * takes nothing new.
 */
export type FailureKind = 'busy' | 'lost' | 'read-only' | 'other';

/** How new tables are declared. */
export interface TableStyle {
  readonly integer: 'integer' | 'bigint';
  readonly bytes: 'blob' | 'bytea';
  /** What follows the columns of a table with numbers of its own for rows, and of one without. */
  readonly options: { readonly numbered: string; readonly keyed: string };
  /** Whether the database must be told never to number two rows alike. */
  readonly countsRows: boolean;
}

export interface Engine {
  readonly database: Kysely<Tables>;
  readonly style: TableStyle;
  /** Whether other processes may write to the same database. */
  readonly isShared: boolean;
  /** The version of the schema; nobody else changes it before the transaction ends. */
  lockVersion(transaction: Transaction<Tables>): Promise<number>;
  setVersion(transaction: Transaction<Tables>, version: number): Promise<void>;
  failureOf(error: unknown): FailureKind;
  /** Whether the database takes nothing new at the moment. */
  isReadOnly(): Promise<boolean>;
  /** Tells other processes that something was written; never throws, and may be lost. */
  hint(): void;
  /** `listener` is called with hints of other processes and of this one; the function returned ends that. */
  onHint(listener: () => void): () => void;
  close(): Promise<void>;
}
