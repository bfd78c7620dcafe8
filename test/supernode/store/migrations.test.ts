import { expect } from 'chai';
import { openDatabase } from '../../../shared/platform/database.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { MIGRATIONS } from '../../../supernode/store/migrations.ts';
import { openPostgresStore, openSqliteStore } from '../../../supernode/store/open-store.ts';
import { need } from '../../helpers/needs.ts';
import { hasPostgres } from '../../helpers/postgres.ts';
import { sharedPostgres } from '../../helpers/shared-postgres.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { hashOf, nodeEntry, plantEntry, START, signer } from '../records.ts';

/** The first published schema, as it was written. */
const VERSION_1 = `
  CREATE TABLE records (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    author TEXT NOT NULL,
    subject TEXT NOT NULL,
    seq INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (type, author, subject)
  ) STRICT;
  CREATE INDEX records_by_expiry ON records (expires_at);
  CREATE INDEX records_by_subject ON records (type, subject);
  CREATE TABLE feed (id TEXT NOT NULL) STRICT;
  CREATE TABLE cursors (supernode TEXT PRIMARY KEY, feed TEXT NOT NULL, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE joined (node TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;
const FEED = '0123456789abcdef';
const random = seededRandom(1);

describe('supernode/store/migrations.ts', () => {
  let folder: TemporaryFolder;
  let file: string;
  beforeEach(() => {
    folder = new TemporaryFolder();
    file = folder.at('supernode.sqlite');
  });
  afterEach(() => folder.remove());

  it('goes on with a database of version 1: same feed, same records, no position used twice', async () => {
    const [node, plant] = [nodeEntry(signer(1)), plantEntry(signer(2), hashOf('a'))];
    const old = openDatabase(file, [VERSION_1]);
    const put = old.prepare(
      'INSERT OR REPLACE INTO records (type, author, subject, seq, expires_at, bytes) VALUES (?, ?, ?, ?, ?, ?)',
    );
    for (const { type, author, subject, seq, expiresAt, bytes } of [node, plant, node]) {
      put.run(type, author, subject, seq, expiresAt, bytes);
    }
    put.run('plant', signer(3).id, hashOf('b'), START, START + 1, Buffer.from('gone'));
    old.prepare('DELETE FROM records WHERE subject = ?').run(hashOf('b'));
    old.prepare('INSERT INTO feed (id) VALUES (?)').run(FEED);
    old.prepare('INSERT INTO joined (node, at) VALUES (?, ?)').run(node.author, 7);
    old.prepare('INSERT INTO cursors (supernode, feed, since) VALUES (?, ?, ?)').run(signer(5).id, FEED, 9);
    old.close();

    const store = await openSqliteStore(file, random);
    expect(store.feed).to.equal(FEED);
    expect((await store.after(0, START)).map(({ position, entry }) => [position, entry.type])).to.deep.equal([
      [2, 'plant'],
      [3, 'node'],
    ]);
    expect(await store.head()).to.deep.equal({ last: 4, repairs: 0 });
    expect(await store.joined()).to.deep.equal(new Map([[node.author, 7]]));
    expect(await store.cursor(signer(5).id)).to.deep.equal({ feed: FEED, since: 9 });
    expect(await store.append([plantEntry(signer(3), hashOf('c'))], START)).to.deep.equal({
      last: 5,
      isWritten: [true],
    });
    await store.close();
  });

  it('has a database of version 1 in which nothing was written yet begin at the first position', async () => {
    openDatabase(file, [VERSION_1]).close();
    const store = await openSqliteStore(file, random);
    expect(store.feed).to.match(/^[0-9a-f]{16}$/);
    expect(await store.append([plantEntry(signer(3), hashOf('c'))], START)).to.include({ last: 1 });
    await store.close();
  });

  it('refuses an SQLite database of a newer version, and leaves it as it is', async () => {
    const newer = openDatabase(file, [VERSION_1]);
    newer.pragma(`user_version = ${MIGRATIONS.length + 1}`);
    newer.close();
    const error = await openSqliteStore(file, random).catch((reason: unknown) => reason);
    expect(String(error)).to.match(/supernode\.sqlite: its schema \d+ is newer than \d+.*install a newer anatomic/);
  });

  it('refuses a PostgreSQL database of a newer version, one that is not there, and keeps the password to itself', async function () {
    this.timeout(60_000);
    need(this, hasPostgres(), 'PostgreSQL');
    const postgres = await sharedPostgres();
    const url = await postgres.database();
    await (await openPostgresStore(url, random)).close();
    await postgres.query(`update anatomic_schema set version = ${MIGRATIONS.length + 1}`, url);
    const newer = await openPostgresStore(url, random).catch((reason: unknown) => reason);
    expect(String(newer)).to.match(/--database: its schema \d+ is newer than \d+/);
    const missing = url.replace(/test_\d+/, 'missing').replace('?', '?password=a-secret&');
    const error = await openPostgresStore(missing, random).catch((reason: unknown) => reason);
    expect(String(error))
      .to.match(/--database: database "missing" does not exist/)
      .and.not.include('a-secret');
  });
});
