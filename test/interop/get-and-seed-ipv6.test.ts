// `anatomic get` and `anatomic seed` with real clients where everybody has IPv6 addresses only.

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { hasNamespaces, need } from '../helpers/needs.ts';
import { singleFileTorrent } from '../helpers/torrents.ts';
import { aria2, needClient, transmission } from './clients.ts';
import { OpenLab } from './open-lab.ts';

const FILE_BYTES = 1_000_001;
const FILE_NAME = 'given.bin';

describe('anatomic get and seed over IPv6', () => {
  const content = randomBytes(FILE_BYTES);
  let lab: OpenLab;
  let seedFolder: string;

  before(async function () {
    need(this, hasNamespaces(), 'root, for network namespaces');
    lab = await OpenLab.start(6);
    seedFolder = join(lab.folder, 'content');
    await mkdir(seedFolder);
    await writeFile(join(seedFolder, FILE_NAME), content);
  });

  after(() => lab?.[Symbol.asyncDispose]());

  for (const client of [aria2, transmission]) {
    it(`gets what ${client.name} seeds`, async function () {
      needClient(this, client);
      const torrent = await torrentFor(`${client.name}-seeds`);
      await checkContent(await lab.getFrom(client, torrent, seedFolder, `got-from-${client.name}`));
    });

    it(`seeds what ${client.name} gets`, async function () {
      needClient(this, client);
      const torrent = await torrentFor(`${client.name}-gets`);
      await checkContent(await lab.seedTo(client, torrent, seedFolder, `${client.name}-download`, FILE_NAME));
    });
  }

  /** `label` makes it a torrent of its own, whose peers are no others'. */
  async function torrentFor(label: string): Promise<string> {
    const file = join(lab.folder, `${label}.torrent`);
    const { announce } = lab;
    await writeFile(file, singleFileTorrent(FILE_NAME, content, { announce, info: { source: label } }));
    return file;
  }

  async function checkContent(folder: string): Promise<void> {
    expect((await readFile(join(folder, FILE_NAME))).equals(content), 'the same bytes').to.equal(true);
  }
});
