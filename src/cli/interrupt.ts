/** Ctrl-C for commands that go on until they are told to stop. */

/** Runs the work with a signal that aborts at SIGINT or SIGTERM; being told to stop is a good end. */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  // Not `once`: the launcher may pass on the signal that the terminal has sent us already.
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    await work(controller.signal);
  } catch (thrown) {
    if (!controller.signal.aborted) throw thrown;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
