import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { prepare, surround } from '../../../planter/surroundings.ts';
import { Cancelled, type Choice, type Dialogue } from '../../../planter/wizard/dialogue.ts';
import { LastFolder } from '../../../planter/wizard/last-folder.ts';
import { runWizard } from '../../../planter/wizard/wizard.ts';
import { PublicError } from '../../../shared/errors.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { infoV1, torrentOf } from '../../helpers/torrents.ts';
import { FakeNetwork, NOW } from '../fake-network.ts';

const WISH = { copies: 2, isPortable: false, allowsPrivate: false };

/** Answers in the order in which they are given; `cancel` is Ctrl-C. */
class FakeDialogue implements Dialogue {
  readonly said: string[] = [];
  readonly asked: string[] = [];
  readonly #answers: unknown[];

  constructor(answers: readonly unknown[]) {
    this.#answers = [...answers];
  }

  welcome = (version: string): void => void this.said.push(`welcome ${version}`);
  say = (text: string): void => void this.said.push(text);
  show = (text: string, title: string): void => void this.said.push(`${title}: ${text}`);
  goodbye = (text: string): void => void this.said.push(text);
  cancelled = (text: string): void => void this.said.push(text);

  async source(folder: string): Promise<string> {
    return this.#answer(`source in ${folder}`);
  }

  async copies(preset: number): Promise<number> {
    return this.#answer(`copies, ${preset}?`);
  }

  async confirm(question: string, signal?: AbortSignal): Promise<boolean> {
    const answer = this.#answer<boolean | 'wait'>(question);
    if (answer !== 'wait') return answer;
    await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    return false;
  }

  async choose<Value extends string>(question: string, choices: readonly Choice<Value>[]): Promise<Value> {
    return this.#answer(`${question} ${choices.map(({ value }) => value).join('|')}`);
  }

  #answer<Answer>(question: string): Answer {
    this.asked.push(question);
    const answer = this.#answers.shift();
    if (answer === 'cancel') throw new Cancelled();
    return answer as Answer;
  }
}

describe('planter/wizard/wizard.ts', () => {
  let folder: TemporaryFolder;
  let network: FakeNetwork;
  let connectError: PublicError | undefined;
  let seeded: readonly string[];
  let opened: string[];
  let rows: number;
  let keys: EventEmitter & { resume(): void; pause(): void };

  beforeEach(() => {
    folder = new TemporaryFolder();
    network = new FakeNetwork();
    connectError = undefined;
    seeded = [];
    opened = [];
    rows = 60;
    keys = Object.assign(new EventEmitter(), { resume: () => undefined, pause: () => undefined });
  });

  afterEach(() => folder.remove());

  it('plants a file, and says what to do next', async () => {
    const file = folder.write('in/a.bin', 'hello');
    const { code, dialogue } = await run([file, 2, 'finish']);
    expect(code).to.equal(0);
    expect(dialogue.asked).to.deep.equal([
      `source in ${folder.path}`,
      'copies, 2?',
      'What now? seed|code|folder|another|finish',
    ]);
    expect(dialogue.said.join('\n')).to.include('Planted on 2 nodes').and.include('magnet:?xt=');
    expect(existsSync(`${file}.torrent`)).to.equal(true);
  });

  it('begins the next time in the folder of the last', async () => {
    const file = folder.write('in/a.bin', 'hello');
    const { dialogue } = await run([file, 2, 'another', file, 1, false, file, 1, true, 'finish']);
    expect(dialogue.asked[3]).to.equal(`source in ${folder.at('in')}`);
  });

  it('seeds at once when asked to', async () => {
    const file = folder.write('in/a.bin', 'hello');
    const { code } = await run([file, 2, 'seed']);
    expect([code, seeded]).to.deep.equal([7, [`${file}.torrent`, folder.at('in')]]);
  });

  it('shows the folder, and the link as a QR code until a key is pressed', async () => {
    const file = folder.write('in/a.bin', 'hello');
    const { code, dialogue, drawn } = await run([file, 2, 'folder', 'code', 'finish'], (question) => {
      if (question === 2) setImmediate(pressWhenAwaited);
    });
    expect([code, opened]).to.deep.equal([0, [folder.at('in')]]);
    expect(dialogue.said).to.include(folder.at('in'));
    expect(stripVTControlCharacters(drawn)).to.match(/\n[ ▀▄█]{40,}\nPress any key/);
  });

  it('says when the window is too small for a QR code', async () => {
    rows = 12;
    const { dialogue } = await run([folder.write('a.bin', 'hello'), 2, 'code', 'finish']);
    expect(dialogue.said.at(-2)).to.include('too small for a QR code');
  });

  it('takes Ctrl-C for the end when everything is done', async () => {
    const { code, dialogue } = await run([folder.write('a.bin', 'hello'), 2, 'cancel']);
    expect([code, dialogue.said.at(-1)]).to.deep.equal([0, 'Happy sharing.']);
  });

  it('says how much was planted when it ends before the next', async () => {
    const { code, dialogue } = await run([folder.write('a.bin', 'hello'), 2, 'another', 'cancel']);
    expect([code, dialogue.said.at(-1)]).to.deep.equal([130, 'Ended by you: 1 torrent planted.']);
  });

  it('asks before it plants what somebody planted before', async () => {
    const file = folder.write('a.bin', 'hello');
    const { dialogue } = await run([file, 2, 'another', file, 2, false, `${file}.torrent`, 2, true, 'finish']);
    expect(dialogue.asked[5]).to.match(/^Planted 0 s ago from this machine\. Plant it again\?$/);
    expect(dialogue.asked[8]).to.match(/^Planted before with your key\./);
  });

  it('plants although the list of what was planted cannot be read', async () => {
    folder.write('.local/state/anatomic/planted', 'no folder');
    expect((await run([folder.write('a.bin', 'hello'), 2, 'finish'])).code).to.equal(0);
  });

  it('gives advice when there is no network, before it hashes in vain', async () => {
    connectError = new PublicError('no-supernode', 'no supernode answers');
    const { code, dialogue, drawn } = await run([folder.write('a.bin', 'hello'), 2, 'retry', 'finish'], (question) => {
      if (question === 1) connectError = undefined;
    });
    expect(code).to.equal(0);
    expect(dialogue.said.join('\n')).to.include('no supernode answers').and.include('Is this machine on line?');
    const [first, ...later] = stripVTControlCharacters(drawn).split('■  Asking supernodes');
    expect(first).not.to.include('hashing');
    expect(later.join('')).to.include('hashing 1 file');
  });

  it('tries again without hashing anew', async () => {
    for (const { urls } of network.nodes) network.moods.set(urls[0]!, 'dead');
    const file = folder.write('a.bin', 'hello');
    const { code, dialogue, drawn } = await run([file, 2, 'retry', 'retry', 'finish'], (question) => {
      if (question === 2) network.moods.clear();
    });
    expect(code).to.equal(0);
    expect(dialogue.said.filter((text) => text.startsWith('That did not work'))).to.have.length(2);
    const [first, ...later] = stripVTControlCharacters(drawn).split('■  Planting on nodes');
    expect(first).to.include('hashing 1 file');
    expect(later.join('')).not.to.include('hashing');
  });

  it('ends after a failure when that is enough', async () => {
    connectError = new PublicError('busy', 'busy');
    const { code, dialogue } = await run([folder.write('a.bin', 'x'), 2, 'quit']);
    expect([code, dialogue.said.at(-1)]).to.deep.equal([1, 'The end: nothing was planted.']);
  });

  it('plants a private torrent only when told that it is one', async () => {
    const file = folder.write('a.torrent', torrentOf({ ...infoV1(), private: 1 }));
    const { code, dialogue } = await run([file, 2, 'retry', 'finish']);
    expect(code).to.equal(0);
    expect(dialogue.said.join('\n')).to.include('keep a list of members');
  });

  it('ends on Ctrl-C at a question', async () => {
    const { code, dialogue } = await run(['cancel']);
    expect([code, dialogue.said.at(-1)]).to.deep.equal([130, 'Ended by you: nothing was planted.']);
  });

  it('asks on Ctrl-C while planting, and goes on when it was not meant', async () => {
    const door = holdPlanting(() => door.resolve());
    const { code, dialogue } = await run([folder.write('a.bin', 'x'), 2, false, 'finish']);
    expect(code).to.equal(0);
    expect(dialogue.asked[2]).to.equal('Planting is under way. Stop it?');
  });

  it('stops when it was meant, and says what may have happened', async () => {
    holdPlanting(() => undefined);
    const { code, dialogue } = await run([folder.write('a.bin', 'x'), 2, true]);
    expect([code, dialogue.said.at(-1)]).to.deep.equal([
      130,
      'Stopped. Some nodes may carry it already: planting it again does no harm.',
    ]);
  });

  it('takes the question back when planting is done before it is answered', async () => {
    const door = holdPlanting(() => door.resolve());
    const { code } = await run([folder.write('a.bin', 'x'), 2, 'wait', 'finish']);
    expect(code).to.equal(0);
  });

  function pressWhenAwaited(): void {
    if (!keys.emit('data', ' ')) setImmediate(pressWhenAwaited);
  }

  /** Nodes answer when the door opens; Ctrl-C is pressed while they do not. */
  function holdPlanting(pressed: () => void): PromiseWithResolvers<void> {
    const door = Promise.withResolvers<void>();
    const plant = network.plant.bind(network);
    let isPressed = false;
    network.plant = async (node, call) => {
      if (!isPressed) {
        isPressed = true;
        keys.emit('data', '\x03');
        setImmediate(pressed);
      }
      await door.promise;
      return plant(node, call);
    };
    return door;
  }

  async function run(answers: readonly unknown[], beforeChoice: (number: number) => void = () => undefined) {
    const dialogue = new FakeDialogue(answers);
    const choose = dialogue.choose.bind(dialogue);
    let choices = 0;
    dialogue.choose = (question, options) => {
      beforeChoice(++choices);
      return choose(question, options);
    };
    let drawn = '';
    const finding = { supernode: [], network: [], allowNetwork: [], dht: false, dhtPort: 0, dhtBootstrap: [] };
    const config = { key: undefined, ...finding };
    const environment = { HOME: folder.path };
    const tools = prepare(
      config,
      environment,
      surround(
        {
          clock: { now: () => NOW },
          random: seededRandom(1),
          talk: () => undefined,
          folder: folder.path,
          connect: async () => {
            if (connectError !== undefined) throw connectError;
            return network;
          },
        },
        environment,
      ),
    );
    const code = await runWizard(WISH, {
      tools,
      dialogue,
      screen: {
        write: (text) => {
          drawn += text;
        },
        columns: () => 100,
        rows: () => rows,
      },
      keys,
      lastFolder: new LastFolder(folder.at('state/wizard.json'), folder.path),
      openFolder: async (path) => void opened.push(path),
      seed: async (...args) => {
        seeded = args;
        return 7;
      },
    });
    return { code, dialogue, drawn };
  }
});
