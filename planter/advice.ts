// What helps when planting failed, in words for somebody who has not read the manual.

const ADVICE: Readonly<Record<string, string>> = {
  'no-supernode':
    'Is this machine on line? If you know a supernode, name it: anatomic plant --supernode URL. To try things out, run `anatomic up` in this folder.',
  network: 'The supernodes were reached and then lost. Is the connection all right? Trying again often helps.',
  'not-planted':
    'The nodes are full or out of reach at the moment. Try again in a minute, or through another supernode.',
  'no-nodes': 'No node takes torrents at the moment. Try again in a minute, or through another supernode.',
  busy: 'Too much is going on over there. Try again in a minute.',
  private:
    'Trackers of private torrents keep a list of members; this network does not, so anybody could join the swarm.',
  file: 'Is it there, and may you read it, and write beside it?',
  content: 'Nothing was planted. Look at the files, then try again.',
  metainfo: 'The file is damaged or no torrent. A folder or any other file can be planted as well.',
  clock: 'The clock of this machine seems to be wrong.',
};

/** For a PublicError's code. */
export function adviceFor(code: string): string {
  return ADVICE[code] ?? 'Trying again may help.';
}
