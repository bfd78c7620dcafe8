// Compiles the addons of node/native with the C compiler that is there. None is needed: wherever this fails, it says so
// and the same things are done in JavaScript. Plain CommonJS, like its neighbours.
'use strict';
const { spawnSync } = require('node:child_process');
const { mkdirSync, readdirSync, renameSync, statSync } = require('node:fs');
const { join } = require('node:path');

const SOURCES = join(__dirname, '../node/native');
const TARGET = join(__dirname, '../dist/native');
const FLAGS = ['-std=c17', '-O2', '-Wall', '-Wextra', '-Werror', '-fPIC', '-shared', '-fvisibility=hidden'];

/** Time of the last change in ms; 0 when there is no such file. */
function changedAt(file) {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? 0 : stat.mtimeMs;
}

/** Why it cannot be compiled; undefined when it was. */
function compile(source, target) {
  const { include_dir: headers } = require('node-api-headers');
  const fresh = `${target}.${process.pid}`;
  const { error, status, stderr } = spawnSync('cc', [...FLAGS, '-I', headers, source, '-o', fresh], {
    encoding: 'utf8',
  });
  if (error !== undefined) return error.code === 'ENOENT' ? 'there is no C compiler' : error.message;
  if (status !== 0) return stderr.trim();
  renameSync(fresh, target); // a process that has loaded the old one keeps it
  return undefined;
}

function build() {
  if (process.platform !== 'linux') return 'they are for Linux';
  mkdirSync(TARGET, { recursive: true });
  const files = readdirSync(SOURCES);
  const newest = Math.max(...files.map((file) => changedAt(join(SOURCES, file))));
  for (const file of files.filter((name) => name.endsWith('.c'))) {
    const target = join(TARGET, file.replace(/\.c$/, `-${process.platform}-${process.arch}.node`));
    if (changedAt(target) >= newest) continue;
    const reason = compile(join(SOURCES, file), target);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

let reason;
try {
  reason = build();
} catch (error) {
  reason = error.message;
}
if (reason !== undefined) process.stderr.write(`native addons not built, JavaScript does their work: ${reason}\n`);
