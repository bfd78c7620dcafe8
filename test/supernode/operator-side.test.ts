import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { hashOf } from './records.ts';
import { Bench } from './running.ts';

const SECRET = 'an-operator-s-secret';

describe('supernode/operator-side.ts', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(() => bench.end());

  it('tells in metrics whom it knows, where it sends clients, and what it was asked', async () => {
    const supernode = await bench.supernode();
    const node = await bench.node();
    await bench.join(node, supernode);
    const client = bench.client();
    await client.lookup(supernode.baseUrl, [hashOf('a')]);
    const query = `info_hash=${'%aa'.repeat(20)}&peer_id=-XX0001-123456789012&port=6881`;
    await fetch(`${supernode.announceUrl}?${query}`);
    await fetch(supernode.announceUrl);
    const response = await fetch(`${supernode.baseUrl}/metrics`);
    const text = await response.text();
    for (const line of [
      'anatomic_supernode_nodes{state="up"} 1',
      'anatomic_supernode_supernodes{state="up"} 1',
      'anatomic_supernode_carried_torrents 0',
      'anatomic_supernode_announces_total{result="unknown"} 1',
      'anatomic_supernode_announces_total{result="refused"} 1',
      'anatomic_supernode_feed_records_total 2',
      'anatomic_supernode_refused_connections_total 0',
      'anatomic_supernode_answers_total{route="/v2/lookup",status="200"} 1',
      'anatomic_supernode_answers_total{route="/v2/join",status="200"} 1',
    ]) {
      expect(text).to.include(`${line}\n`);
    }
    expect(text).to.match(/^anatomic_supernode_connections [1-9]/m);
    expect(text).to.include('process_resident_memory_bytes ');
    const outside = await fetch(`${supernode.baseUrl}/metrics`, { headers: { 'X-Forwarded-For': '127.0.0.1' } });
    expect(outside.status).to.equal(403);
  });

  it('shows numbers and configuration to who has a token, and nothing without', async () => {
    const supernode = await bench.supernode({ adminToken: [`read:${SECRET}`] });
    const admin = async (path: string, secret: string) => {
      const headers = { Authorization: `Bearer ${secret}` };
      const response = await fetch(`${supernode.baseUrl}/admin/v1${path}`, { headers });
      return { status: response.status, json: (await response.json()) as object };
    };
    expect((await admin('/stats', SECRET)).json).to.deep.include({ carried: 0 });
    const { json } = await admin('/config', SECRET);
    expect(json).to.include({ 'admin-token': true, host: '127.0.0.1' });
    expect(JSON.stringify(json)).not.to.include(SECRET);
    expect((await admin('/config', 'another-s-secret')).status).to.equal(401);
  });

  it('reads tokens again', async () => {
    const file = join(bench.folder, 'tokens');
    writeFileSync(file, '');
    const supernode = await bench.supernode({ adminTokenFile: file });
    const status = async (): Promise<number> => {
      const headers = { Authorization: `Bearer ${SECRET}` };
      return (await fetch(`${supernode.baseUrl}/admin/v1/stats`, { headers })).status;
    };
    expect(await status()).to.equal(401);
    writeFileSync(file, `read:${SECRET}`);
    await supernode.reload();
    expect(await status()).to.equal(200);
  });

  it('has neither when it is told so', async () => {
    const supernode = await bench.supernode({ metrics: false });
    expect((await fetch(`${supernode.baseUrl}/metrics`)).status).to.equal(404);
    expect((await fetch(`${supernode.baseUrl}/admin/v1/stats`)).status).to.equal(404);
  });
});
