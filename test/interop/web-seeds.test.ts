// What `anatomic create --web-seed` writes is used by other clients too: here there is nobody but a web server (BEP 19).

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { startAnatomic } from '../helpers/anatomic.ts';
import { aria2, makeSession, needClient } from './clients.ts';
import { Lab } from './lab.ts';

const FILE_NAME = 'a b.bin';

describe('web seeds of torrents made here', () => {
  const content = randomBytes(300_001);
  let lab: Lab;
  let server: Server;
  let origin: string;

  before(async function () {
    needClient(this, aria2);
    lab = await Lab.onLoopback(1);
    server = createServer(({ url = '', headers }, response) => {
      const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
      const [from, to] = [Number(range?.[1] ?? 0), Number(range?.[2] || content.length - 1)];
      const part = content.subarray(from, to + 1);
      const lengths = { 'content-length': part.length, 'content-range': `bytes ${from}-${to}/${content.length}` };
      if (decodeURIComponent(url) !== `/${FILE_NAME}`) response.writeHead(404).end();
      else response.writeHead(range === null ? 200 : 206, lengths).end(part);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    origin = `http://127.0.0.1:${address.port}`;
    await mkdir(join(lab.folder, 'content'));
    await writeFile(join(lab.folder, 'content', FILE_NAME), content);
  });

  after(async () => {
    server?.closeAllConnections();
    server?.close();
    await lab?.[Symbol.asyncDispose]();
  });

  it('are what aria2 downloads from', async () => {
    const torrent = join(lab.folder, 'a.torrent');
    const seed = ['--web-seed', `${origin}/a%20b.bin`, '--output', torrent];
    await using maker = startAnatomic(['create', join(lab.folder, 'content', FILE_NAME), ...seed]);
    expect(await maker.end()).to.equal(0);
    const session = await makeSession(lab.folder, 'download', torrent, lab.host(0));
    await aria2.download(session, FILE_NAME);
    expect((await readFile(join(session.folder, FILE_NAME))).equals(content)).to.equal(true);
  });
});
