import { expect } from 'chai';
import { statsPage } from '../../../node/api/stats-page.ts';

const rows = (page: string): string[] =>
  [...page.matchAll(/<caption>(.*?)<|<th scope="row">(.*?)<\/th><td>(.*?)<\/td>/g)].map(
    ([, caption, name, value]) => caption ?? `${name}=${value}`,
  );

describe('node/api/stats-page.ts', () => {
  it('shows single numbers first, and a table for each group', () => {
    const page = statsPage({ torrents: 7, peers: { total: 3, ipv4: { seeders: 1 } }, state: 'open', refusals: {} });
    expect(page).to.match(/^<!doctype html>\n/);
    expect(rows(page)).to.deep.equal(['All', 'torrents=7', 'state=open', 'peers', 'total=3', 'ipv4 seeders=1']);
  });

  it('lets no text become markup', () => {
    const page = statsPage({ '<b>': '"&', group: { '<i>': '<script>' } });
    expect(page).not.to.match(/<b>|<i>|<script>|"&"/);
    expect(rows(page)).to.deep.equal(['All', '&#60;b&#62;=&#34;&#38;', 'group', '&#60;i&#62;=&#60;script&#62;']);
  });
});
