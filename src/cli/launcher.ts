/** Under an older Node the launcher cannot replace itself with us: it waits, and we follow it. */

/** Ends this process when the launcher was killed: nobody could signal us any more. */
export function followLauncher(): void {
  if (process.channel === undefined) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel.unref();
}
