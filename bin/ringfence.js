#!/usr/bin/env node
// The command line as installed: the compiled one where there is one, else the sources.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const compiled = join(__dirname, '../dist/src/cli.js');
if (existsSync(compiled)) require(compiled);
else {
  require('@swc-node/register');
  require('../src/cli.ts');
}
