// The entry has the exports of `msgpackr` and no types of its own.
declare module 'msgpackr/index-no-eval' {
  export { addExtension, isNativeAccelerationEnabled, Packr, RESET_BUFFER_MODE, Unpackr } from 'msgpackr'
}
