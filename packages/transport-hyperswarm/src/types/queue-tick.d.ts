declare module 'queue-tick' {
  /** `process.nextTick` where there is one, and `queueMicrotask` elsewhere. */
  export default function queueTick(callback: () => void): void
}
