#!/usr/bin/env node
/**
 * The launcher: the `healthos` that people type. It finds the runtime that the code needs, and gets out of the way.
 *
 * The packed package has the code compiled, in `dist`. In a checkout there is `main.ts`, which Node runs from
 * version 24 on; an older Node hands over to the one that the npm package `node` brought. It must itself run on Node 20.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';

const source = new URL('main.ts', import.meta.url);
const compiled = new URL('../../dist/src/cli/main.js', import.meta.url);
/** Under the package itself, where nobody else writes: what lies there is run. */
const codeCache = fileURLToPath(new URL('../../node_modules/.cache/healthos', import.meta.url));
const major = Number(process.versions.node.split('.')[0]);

if (existsSync(source)) await runSource();
else await runCompiled();

async function runSource() {
  if (major >= 24) await runHere(source);
  else handOver(fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url)));
}

async function runCompiled() {
  if (major >= 24) await runHere(compiled);
  else refuse(`HealthOS needs Node 24 or newer; this is ${process.version}.`);
}

/** Sets the runtime up, and runs. Every start but the first finds the code compiled. @param {URL} main */
async function runHere(main) {
  // Threads look for the folder here, too. Where it cannot be written, as in an image, nothing is kept.
  process.env.NODE_COMPILE_CACHE ??= codeCache;
  module.enableCompileCache();
  // Else V8 puts what often outlives a moment (a request that waits for the disk) into its old generation, where each keeps
  // the next one alive: docs/decisions/ingest-speed.md.
  v8.setFlagsFromString('--no-allocation-site-pretenuring');
  await import(main.href);
}

/** @param {string} sentence */
function refuse(sentence) {
  process.stderr.write(`healthos: ${sentence}\n`);
  process.exitCode = 2;
}

/** Runs the same command under another Node. @param {string} node */
function handOver(node) {
  if (!existsSync(node)) {
    refuse(`this checkout needs Node 24 or newer; this is ${process.version}. Run npm ci, which brings one.`);
    return;
  }
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  if (typeof process.execve === 'function') process.execve(node, [node, ...args], process.env);
  else runChild(node, args);
}

/**
 * Where a process cannot be replaced, the child has its input and output, its signals, and its exit status. The channel
 * tells the child when this process is killed, so that it does not live on unseen.
 * @param {string} node @param {string[]} args
 */
function runChild(node, args) {
  const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2', 'SIGWINCH'])) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', () => refuse(`${node} cannot be run. Run npm ci, which brings it.`));
  child.on('exit', (status, signal) => {
    // As a shell reports it: 128 and the signal's number.
    process.exit(status ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  });
}
