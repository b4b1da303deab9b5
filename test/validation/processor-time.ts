/** The time that a piece of work takes of the processor, which other work on the machine does not lengthen. */

/** In milliseconds, of this thread alone: those that collect the garbage of all are not counted. */
export function processorMs(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
