/** Starts to count; the result stops it. Processor time includes garbage collection and every other thread. */
export function startStopwatch(): () => { seconds: number; cpuSeconds: number } {
  const cpu = process.cpuUsage()
  const start = process.hrtime.bigint()
  return () => {
    const seconds = Number(process.hrtime.bigint() - start) / 1e9
    const { user, system } = process.cpuUsage(cpu)
    return { seconds, cpuSeconds: (user + system) / 1e6 }
  }
}
