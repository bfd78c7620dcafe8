import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openDatabase } from '../../../shared/platform/database.ts';

const FIRST = 'CREATE TABLE torrents (info_hash BLOB PRIMARY KEY) STRICT';
const SECOND = 'ALTER TABLE torrents ADD COLUMN downloaded INTEGER NOT NULL DEFAULT 0';

describe('shared/platform/database.ts', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'anatomic-database-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const version = (database: ReturnType<typeof openDatabase>) => database.pragma('user_version', { simple: true });

  it('opens a database in memory and applies every migration', () => {
    const database = openDatabase(':memory:', [FIRST, SECOND]);
    expect(database.prepare('SELECT downloaded FROM torrents').all()).to.deep.equal([]);
    expect(version(database)).to.equal(2);
    database.close();
  });

  it('makes the directories, and a file that only its owner may read, its log included', () => {
    const file = join(directory, 'a', 'b', 'node.sqlite');
    const database = openDatabase(file, [FIRST]);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(statSync(`${file}-wal`).mode & 0o777).to.equal(0o600);
    expect(statSync(join(directory, 'a')).mode & 0o077).to.equal(0);
    database.close();
  });

  it('survives a crash and does not wait for the disk at each commit; checks foreign keys', () => {
    const database = openDatabase(join(directory, 'node.sqlite'), [FIRST]);
    expect(database.pragma('journal_mode', { simple: true })).to.equal('wal');
    expect(database.pragma('synchronous', { simple: true })).to.equal(1);
    expect(database.pragma('foreign_keys', { simple: true })).to.equal(1);
    database.close();
  });

  it('keeps data and applies only what is new when reopened', () => {
    const file = join(directory, 'node.sqlite');
    const old = openDatabase(file, [FIRST]);
    old.prepare('INSERT INTO torrents VALUES (?)').run(Buffer.alloc(20, 1));
    old.close();
    const database = openDatabase(file, [FIRST, SECOND]);
    expect(database.prepare('SELECT downloaded FROM torrents').all()).to.deep.equal([{ downloaded: 0 }]);
    expect(version(database)).to.equal(2);
    database.close();
  });

  it('undoes a migration that fails half-way, and keeps those before it', () => {
    const file = join(directory, 'node.sqlite');
    const broken = 'CREATE TABLE half (id INTEGER); SELECT nonsense';
    expect(() => openDatabase(file, [FIRST, broken])).to.throw(/^cannot open database .*node\.sqlite: .*nonsense/);
    const database = openDatabase(file, [FIRST]);
    expect(version(database)).to.equal(1);
    expect(database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()).to.deep.equal([
      'torrents',
    ]);
    database.close();
  });

  it('refuses a schema of a newer version and says what to do', () => {
    const file = join(directory, 'node.sqlite');
    openDatabase(file, [FIRST, SECOND]).close();
    expect(() => openDatabase(file, [FIRST])).to.throw(/schema 2 is newer than 1.*install a newer anatomic/);
    const database = openDatabase(file, [FIRST, SECOND]);
    expect(version(database)).to.equal(2);
    database.close();
  });

  it('refuses a file that is in use, and opens it as soon as it is free', () => {
    const file = join(directory, 'node.sqlite');
    const first = openDatabase(file, [FIRST]);
    expect(() => openDatabase(file, [FIRST], 0)).to.throw(/node\.sqlite: another process is using it$/);
    first.close();
    openDatabase(file, [FIRST], 0).close();
  });

  it('refuses a file that is no database and leaves it as it is', () => {
    const file = join(directory, 'notes.txt');
    const text = 'not a database, '.repeat(100);
    writeFileSync(file, text);
    expect(() => openDatabase(file, [FIRST])).to.throw(/notes\.txt: file is not a database/);
    expect(readFileSync(file, 'utf8')).to.equal(text);
  });

  it('names the file when its directory cannot be made', () => {
    writeFileSync(join(directory, 'file'), '');
    expect(() => openDatabase(join(directory, 'file', 'node.sqlite'), [FIRST])).to.throw(
      /cannot open database .*node\.sqlite/,
    );
  });
});
