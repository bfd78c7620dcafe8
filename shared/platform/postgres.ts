// The one door to pg: connections to a PostgreSQL server, and what its errors mean.

import type { Socket } from 'node:net';
import pg from 'pg';

/** Enough for one writer and those that read; several processes share the server's limit, 100 as installed. */
const MAX_CONNECTIONS = 5;
const CONNECT_TIMEOUT_MS = 3000;
/** A statement that takes longer has met a server that is gone, or a lock that nobody lets go of. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** A connection on which nothing came for so long after a question leads to a server that is gone: it is torn down. */
const SILENCE_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 2000;
/** Sooner, so that nobody takes a connection for silent that nobody uses. */
const UNUSED_TIMEOUT_MS = STATEMENT_TIMEOUT_MS;
/** A process that hangs within a transaction must not keep the others waiting. */
const IDLE_TRANSACTION_TIMEOUT_MS = 5000;
const LISTEN_RETRY_MS = 2000;

const INT8_OID = 20;
/** 64-bit integers as numbers: what is stored here never exceeds 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8_OID ? (text: string) => Number(text) : pg.types.getTypeParser(oid, format as 'text'),
};

/** Connects when something is asked for; what breaks is replaced. */
export function openPool(url: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idleTimeoutMillis: UNUSED_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'anatomic',
    types,
  });
  // Whoever uses the connection gets the error as well; without a listener it would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    endSilence(client);
  });
  return pool;
}

/** Without it a question asked over a dead line would wait for a quarter of an hour, until the system gives up. */
function endSilence(client: pg.PoolClient): void {
  // Since TLS may have taken the place of the first socket, only now; the declarations leave it out.
  const { stream } = (client as pg.PoolClient & { readonly connection: { readonly stream: Socket } }).connection;
  stream.setTimeout(SILENCE_TIMEOUT_MS, () => stream.destroy(new Error('connection silent for too long')));
}

/** Calls `onHint` for each notification, and after each connection, since some may have been missed. Ends what it returns. */
export function listen(url: string, channel: string, onHint: () => void): () => void {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isEnded = false;

  const connect = async (): Promise<void> => {
    const own = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true });
    client = own;
    own.on('error', () => undefined);
    own.on('notification', onHint);
    own.once('end', retry);
    try {
      await own.connect();
      await own.query(`listen ${channel}`);
      if (isEnded) await own.end();
      else onHint();
    } catch {
      await own.end().catch(() => undefined);
      retry();
    }
  };
  const retry = (): void => {
    clearTimeout(timer);
    if (!isEnded) timer = setTimeout(() => void connect(), LISTEN_RETRY_MS).unref();
  };

  void connect();
  return () => {
    isEnded = true;
    clearTimeout(timer);
    void client?.end().catch(() => undefined);
  };
}

/** Serialisation failures and deadlocks, and the creation of what another process creates at the same time. */
const BUSY: ReadonlySet<string> = new Set(['40001', '40P01', '55P03', '23505', '42P07', '42710']);
/** Of SQLSTATE: connection exceptions, too many connections, shutdown and other intervention, failures of the system. */
const LOST_CLASSES: ReadonlySet<string> = new Set(['08', '53', '57', '58']);
/** A standby, which answers questions and takes nothing. */
const READ_ONLY = '25006';
const IDLE_TRANSACTION_ENDED = '25P03';
/** What pg itself says of connections that did not come about or broke. */
const LOST_WORDS = /connection|connect|timeout|not queryable/i;

/** What an error of a pool means: try again, the server is out of reach or takes nothing new, or a mistake. */
export function failureKind(error: unknown): 'busy' | 'lost' | 'read-only' | 'other' {
  if (!(error instanceof Error)) return 'other';
  const code = 'code' in error ? String(error.code) : '';
  if (error instanceof pg.DatabaseError) {
    if (BUSY.has(code)) return 'busy';
    if (code === READ_ONLY) return 'read-only';
    return LOST_CLASSES.has(code.slice(0, 2)) || code === IDLE_TRANSACTION_ENDED ? 'lost' : 'other';
  }
  return 'syscall' in error || LOST_WORDS.test(error.message) ? 'lost' : 'other';
}
