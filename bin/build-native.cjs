// Compiles the addon of node/native with the C compiler that is there. It is not needed: wherever this fails, it says so
// and JavaScript does the same things. Plain CommonJS, like its neighbours.
'use strict';
const { spawnSync } = require('node:child_process');
const { mkdirSync, readdirSync, renameSync, statSync } = require('node:fs');
const { join } = require('node:path');

const SOURCES = join(__dirname, '../node/native');
const FOLDER = join(__dirname, '../dist/native');
const TARGET = join(FOLDER, `sockets-${process.platform}-${process.arch}.node`);
/** What the usual variable adds, such as sanitizers. */
const OWN_FLAGS = (process.env.CFLAGS ?? '').split(/\s+/).filter(Boolean);
const FLAGS = [
  '-std=c17',
  '-O2',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-fPIC',
  '-pthread',
  '-shared',
  '-fvisibility=hidden',
  ...OWN_FLAGS,
];

/** Time of the last change in ms; 0 when there is no such file. */
function changedAt(file) {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? 0 : stat.mtimeMs;
}

/** Why it is not there; undefined when it is. */
function build() {
  if (process.platform !== 'linux') return 'it is for Linux';
  const files = readdirSync(SOURCES).map((name) => join(SOURCES, name));
  if (changedAt(TARGET) >= Math.max(...files.map(changedAt))) return undefined;
  const { include_dir: headers } = require('node-api-headers');
  const sources = files.filter((file) => file.endsWith('.c'));
  const fresh = `${TARGET}.${process.pid}`;
  mkdirSync(FOLDER, { recursive: true });
  const { error, status, stderr } = spawnSync('cc', [...FLAGS, '-I', headers, ...sources, '-o', fresh], {
    encoding: 'utf8',
  });
  if (error !== undefined) return error.code === 'ENOENT' ? 'there is no C compiler' : error.message;
  if (status !== 0) return stderr.trim();
  renameSync(fresh, TARGET); // a process that has loaded the old one keeps it
  return undefined;
}

let reason;
try {
  reason = build();
} catch (error) {
  reason = error.message;
}
if (reason !== undefined) process.stderr.write(`native addon not built, JavaScript does its work: ${reason}\n`);
