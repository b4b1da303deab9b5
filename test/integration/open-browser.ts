/** A browser for the tests: the machine's Chromium, installed where it is missing and we may. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A name that the browser finds at this machine, as a hostile name server would have it. */
export const REBOUND_NAME = 'rebound.example';

export function openBrowser(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? places.find((place) => existsSync(place)) ?? installed();
  // Without a sandbox of its own, which root may not have: the pages are ours.
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', `--host-resolver-rules=MAP ${REBOUND_NAME} 127.0.0.1`],
  });
}

function installed(): string {
  execFileSync('apt-get', ['update'], { stdio: 'ignore' });
  execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { stdio: 'ignore' });
  return '/usr/bin/chromium';
}
