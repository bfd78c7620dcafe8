// QR codes (ISO/IEC 18004) in a terminal, two modules to a character. The one door to uqr, which is loaded when it is needed.

/** Modules around the code that stay light. The standard wants 4; readers make do with 2, and lines are scarce. */
const QUIET_MODULES = 2;
/** Of a code of version 40 with the least error correction. */
const MAX_BYTES = 2953;
/** Black on white whatever the theme: readers want dark modules on a light ground. */
const [BLACK_ON_WHITE, RESET] = ['\x1b[30;107m', '\x1b[0m'];

/** The code of the first text whose code is not larger than `columns` and `rows`, line by line; undefined when there is none. */
export async function qrCode(
  texts: readonly string[],
  { columns, rows }: { readonly columns: number; readonly rows: number },
): Promise<string[] | undefined> {
  const { encode } = await import('uqr');
  for (const text of texts) {
    if (Buffer.byteLength(text) > MAX_BYTES) continue;
    const { data } = encode(text, { ecc: 'L', border: QUIET_MODULES });
    if (data.length <= columns && Math.ceil(data.length / 2) <= rows) return halfBlocks(data);
  }
  return undefined;
}

function halfBlocks(modules: readonly (readonly boolean[])[]): string[] {
  return Array.from({ length: Math.ceil(modules.length / 2) }, (_, index) => {
    const [upper, lower] = [modules[2 * index]!, modules[2 * index + 1]];
    const line = upper.map((isDark, column) => halfBlock(isDark, lower?.[column] === true)).join('');
    return `${BLACK_ON_WHITE}${line}${RESET}`;
  });
}

function halfBlock(isUpperDark: boolean, isLowerDark: boolean): string {
  if (isUpperDark) return isLowerDark ? '█' : '▀';
  return isLowerDark ? '▄' : ' ';
}
