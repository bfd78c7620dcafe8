// `anatomic get` from a web server alone (BEP 19): there is neither a tracker nor a peer.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { webSeedsOf } from '../../../client/engine/web-seeds.ts';
import { main as get } from '../../../client/get/main.ts';
import { listContent } from '../../../planter/content.ts';
import { makeTorrent, PLAIN_WISH } from '../../../planter/create/create.ts';
import { serveOnLoopback } from '../../helpers/bound-server.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { infoV1, torrentOf } from '../../helpers/torrents.ts';

const PIECE_LENGTH = 32 * 1024;
const FILES = { 'a b.bin': 100_000, 'c#d?e%.txt': 5, 'sub/new\nline': 40_000, 'sub/größe': 32 * 1024 };

describe('client/get: web seeds', () => {
  let folder: TemporaryFolder;
  let server: Server;
  let origin: string;
  let asked: string[];
  /** A URL on this machine that no torrent names. */
  let elsewhere: string;

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
      await gets('album', [`${origin}/`], version);
      for (const name of Object.keys(FILES)) {
        const got = readFileSync(folder.at('got/album', name));
        expect(got.equals(readFileSync(folder.at('www/album', name))), name).to.equal(true);
      }
      expect(asked.filter((url) => url.includes('.pad'))).to.deep.equal([]);
    });

    it(`gets a file, ${version}, of a URL that names it or the folder that it is in`, async () => {
      const content = readFileSync(folder.at('www/album/a b.bin'));
      for (const url of [`${origin}/album/a%20b.bin`, `${origin}/album/`]) {
        await gets('album/a b.bin', [url], version);
        expect(readFileSync(folder.at('got/a b.bin')).equals(content)).to.equal(true);
        folder.write('got/a b.bin', '');
      }
    });
  }

  const misdeeds: Readonly<Record<string, (response: ServerResponse, from: number, to: number) => void>> = {
    'answers with the whole file': (response) => response.end(Buffer.alloc(FILES['a b.bin'])),
    'answers without end': (response) => {
      const more = (): void => void (response.write(Buffer.alloc(65_536)) && setImmediate(more));
      response.on('drain', more);
      more();
    },
    'answers with too little': (response) => response.writeHead(206).end('?'),
    'answers with nothing': (response) => response.writeHead(206).end(),
    'answers with something else': (response, from, to) => response.writeHead(206).end(Buffer.alloc(to + 1 - from)),
    'sends elsewhere in its own network': (response) => response.writeHead(302, { location: elsewhere }).end(),
    'sends round in a circle': (response) => response.writeHead(302, { location: '?' }).end(),
    'has nothing': (response) => response.writeHead(404).end(),
  };
  for (const [misdeed, answer] of Object.entries(misdeeds)) {
    it(`goes on with others when one ${misdeed}`, async () => {
      await using stack = new AsyncDisposableStack();
      elsewhere = stack.adopt(
        await serveOnLoopback((_request, response) => {
          asked.push('elsewhere');
          response.end();
        }),
        (server) => server.close(),
      ).url;
      const server = await serveOnLoopback(({ headers }, response) => {
        const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
        asked.push('liar');
        answer(response, Number(from), Number(to));
      });
      const liar = stack.adopt(server, () => server.close()).url;
      await gets('album/a b.bin', [`${liar}/`, `${origin}/album/`], 'v1');
      expect(asked).to.include('liar').and.not.to.include('elsewhere');
      expect(readFileSync(folder.at('got/a b.bin')).equals(readFileSync(folder.at('www/album/a b.bin')))).to.equal(
        true,
      );
    });
  }

  it('knows of one URL without a list, and of none that is not of the web', () => {
    expect(webSeedsOf(torrentOf(infoV1(), { 'url-list': 'https://w/x' }))).to.deep.equal(['https://w/x']);
    expect(webSeedsOf(torrentOf(infoV1(), { 'url-list': '' }))).to.deep.equal([]);
    expect(webSeedsOf(torrentOf(infoV1(), { 'url-list': ['ftp://w/x', 7] }))).to.deep.equal([]);
    expect(webSeedsOf(torrentOf(infoV1()))).to.deep.equal([]);
  });

  async function gets(path: string, webSeeds: readonly string[], version: 'v1' | 'v2' | 'hybrid'): Promise<void> {
    const content = await listContent(folder.at('www', path));
    const wish = { ...PLAIN_WISH, version, pieceLength: PIECE_LENGTH, webSeeds };
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
