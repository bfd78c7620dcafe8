// The one door to better-sqlite3: opens a role's database file and brings its schema up to date.

import { chmodSync, closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import SQLite from 'better-sqlite3';
import { makeFolder } from './files.ts';

export type Database = SQLite.Database;
export type Statement<Parameters extends unknown[], Row = unknown> = SQLite.Statement<Parameters, Row>;

/** How long to wait for a process that is about to let go of the file, as the one that this replaces may be. */
const BUSY_TIMEOUT_MS = 5000;
const OWNER_ONLY = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;
/** Codes of statements that fail for what the disk is or holds: there is no room, it is broken or read-only, the file is damaged. */
const DISK_FAULT = /^SQLITE_(FULL|IOERR|READONLY|CORRUPT|NOTADB|CANTOPEN)/;
const DAMAGE = /^SQLITE_(CORRUPT|NOTADB)/;

/**
 * Opens or creates `file` (mode 0600, parent directories made) or ':memory:', and keeps it locked until it is closed: two
 * services on one directory would have one identity. `migrations[n]` is the SQL that leads from schema n to n + 1, each in
 * a transaction of its own; published ones never change. Throws, and leaves the file as it was, when it is in use, holds
 * a newer schema or is not a database.
 */
export function openDatabase(
  file: string,
  migrations: readonly string[],
  busyTimeoutMs: number = BUSY_TIMEOUT_MS,
): Database {
  return open(file, migrations.length, busyTimeoutMs, (database) => migrate(database, migrations));
}

/** The same for whoever brings the schema up to date by other means; `newestVersion` is the newest that it knows. */
export function openUnmigrated(file: string, newestVersion: number): Database {
  return open(file, newestVersion, BUSY_TIMEOUT_MS, () => undefined);
}

function open(
  file: string,
  newestVersion: number,
  busyTimeoutMs: number,
  prepare: (database: Database) => void,
): Database {
  let database: Database | undefined;
  try {
    if (file !== ':memory:') prepareFile(file);
    database = new SQLite(file, { timeout: busyTimeoutMs });
    database.pragma('locking_mode = EXCLUSIVE'); // takes effect with the first access, that of journal_mode
    refuseNewerSchema(database, newestVersion);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    prepare(database);
    return database;
  } catch (error) {
    database?.close();
    throw new Error(`cannot open database ${file}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Whether a statement failed for its disk or file, and not for a defect of the program. */
export function isDiskFault(error: unknown): error is Error {
  return error instanceof SQLite.SqliteError && DISK_FAULT.test(error.code);
}

/** What to tell the operator of a failure to use a database. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof SQLite.SqliteError)) return error instanceof Error ? error.message : String(error);
  if (error.code === 'SQLITE_BUSY') return 'another process is using it';
  return DAMAGE.test(error.code) ? `${error.message}; restore it from a backup, or move it away` : error.message;
}

/** SQLite gives the write-ahead log and its index the mode of the file itself. */
function prepareFile(file: string): void {
  makeFolder(dirname(file), OWNER_ONLY_DIRECTORY);
  closeSync(openSync(file, 'a', OWNER_ONLY));
  chmodSync(file, OWNER_ONLY);
}

function schemaVersion(database: Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

function refuseNewerSchema(database: Database, known: number): void {
  const version = schemaVersion(database);
  if (version > known) {
    throw new Error(
      `its schema ${version} is newer than ${known}, the newest this program knows; install a newer anatomic`,
    );
  }
}

/** The version is read inside the write transaction, so that two processes starting at once apply each step once. */
function migrate(database: Database, migrations: readonly string[]): void {
  const step = database.transaction((target: number, sql: string) => {
    if (schemaVersion(database) >= target) return;
    database.exec(sql);
    database.pragma(`user_version = ${target}`);
  });
  for (const [index, sql] of migrations.entries()) step.immediate(index + 1, sql);
}
