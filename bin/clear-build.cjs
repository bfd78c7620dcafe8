// Removes what an earlier build left, but for the addon: a package would ship modules that were renamed or are gone.
'use strict';
const { existsSync, readdirSync, rmSync } = require('node:fs');
const { join } = require('node:path');

const FOLDER = join(__dirname, '../dist');
const ADDON = 'native';

for (const name of existsSync(FOLDER) ? readdirSync(FOLDER) : []) {
  if (name !== ADDON) rmSync(join(FOLDER, name), { recursive: true });
}
