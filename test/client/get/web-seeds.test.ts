// `anatomic get` from a web server alone (BEP 19): there is neither a tracker nor a peer.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { webSeedsOf } from '../../../client/engine/web-seeds.ts';
import { main as get } from '../../../client/get/main.ts';
import { listContent } from '../../../planter/content.ts';
import { makeTorrent, PLAIN_WISH } from '../../../planter/create/create.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { infoV1, torrentOf } from '../../helpers/torrents.ts';

const PIECE_LENGTH = 32 * 1024;
const FILES = { 'a b.bin': 100_000, 'c#d?e%.txt': 5, 'sub/new\nline': 40_000, 'sub/größe': 32 * 1024 };

describe('client/get: web seeds', () => {
  let folder: TemporaryFolder;
  let server: Server;
  let origin: string;
  let asked: string[];

  beforeEach(async () => {
    folder = new TemporaryFolder();
    asked = [];
    for (const [name, length] of Object.entries(FILES)) folder.write(`www/album/${name}`, randomBytes(length));
    server = createServer(({ url = '', headers }, response) => {
      asked.push(url);
      const file = join(folder.at('www'), decodeURIComponent(url));
      const [, from = '0', to = ''] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
      if (!existsSync(file)) response.writeHead(404).end();
      else response.writeHead(206).end(readFileSync(file).subarray(Number(from), Number(to) + 1));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    origin = `http://127.0.0.1:${address.port}`;
  });

  afterEach(() => {
    server.close();
    server.closeAllConnections();
    folder.remove();
  });

  for (const version of ['v1', 'v2', 'hybrid'] as const) {
    it(`gets a folder, ${version}, whatever its files are called, and asks for no padding`, async () => {
      await gets('album', `${origin}/`, version);
      for (const name of Object.keys(FILES)) {
        const got = readFileSync(folder.at('got/album', name));
        expect(got.equals(readFileSync(folder.at('www/album', name))), name).to.equal(true);
      }
      expect(asked.filter((url) => url.includes('.pad'))).to.deep.equal([]);
    });

    it(`gets a file, ${version}, of a URL that names it or the folder that it is in`, async () => {
      const content = readFileSync(folder.at('www/album/a b.bin'));
      for (const url of [`${origin}/album/a%20b.bin`, `${origin}/album/`]) {
        await gets('album/a b.bin', url, version);
        expect(readFileSync(folder.at('got/a b.bin')).equals(content)).to.equal(true);
        folder.write('got/a b.bin', '');
      }
    });
  }

  it('knows of one URL without a list, and of none that is not of the web', () => {
    expect(webSeedsOf(torrentOf(infoV1(), { 'url-list': 'https://w/x' }))).to.deep.equal(['https://w/x']);
    expect(webSeedsOf(torrentOf(infoV1(), { 'url-list': '' }))).to.deep.equal([]);
    expect(webSeedsOf(torrentOf(infoV1(), { 'url-list': ['ftp://w/x', 7] }))).to.deep.equal([]);
    expect(webSeedsOf(torrentOf(infoV1()))).to.deep.equal([]);
  });

  async function gets(path: string, webSeed: string, version: 'v1' | 'v2' | 'hybrid'): Promise<void> {
    const content = await listContent(folder.at('www', path));
    const wish = { ...PLAIN_WISH, version, pieceLength: PIECE_LENGTH, webSeeds: [webSeed] };
    const torrent = folder.write('a.torrent', await makeTorrent(content, wish, { now: 0 }));
    let talk = '';
    const say = (text: string): void => {
      talk += text;
    };
    const where = ['--output', folder.at('got'), '--port', '0', '--supernode', 'http://127.0.0.1:1', '--give-up', '9s'];
    const world = { folder: folder.path, isTerminal: false, signal: new AbortController().signal, out: say, talk: say };
    expect(await get([torrent, ...where], { HOME: folder.path }, world), talk).to.equal(0);
  }
});
