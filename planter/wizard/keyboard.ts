// Keys while no question is asked: a terminal in raw mode gives even Ctrl-C as a byte, not as a signal.

const CTRL_C = '\x03';

/** What is needed of standard input. */
export interface KeyInput {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: 'data', listener: (bytes: Buffer | string) => void): unknown;
  off(event: 'data', listener: (bytes: Buffer | string) => void): unknown;
}

/** Calls `onCtrlC` until it is let go; other keys are swallowed. */
export function watchCtrlC(input: KeyInput, onCtrlC: () => void): () => void {
  return watchKeys(input, (keys) => {
    if (keys.includes(CTRL_C)) onCtrlC();
  });
}

/** Resolves when any key is pressed. */
export function pressAnyKey(input: KeyInput): Promise<void> {
  return new Promise((resolve) => {
    const release = watchKeys(input, () => {
      release();
      resolve();
    });
  });
}

function watchKeys(input: KeyInput, onKeys: (keys: string) => void): () => void {
  const onData = (bytes: Buffer | string): void => onKeys(bytes.toString());
  input.setRawMode?.(true);
  input.on('data', onData);
  input.resume();
  return () => {
    input.off('data', onData);
    input.setRawMode?.(false);
    input.pause();
  };
}
