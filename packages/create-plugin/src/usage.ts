export const USAGE = `Writes a package for peersockets that builds, passes the compliance suite, and is ready to be made your own.

  npm create @peersockets/plugin <name> -- --kind <kind>

  <name>         The name of the package, such as mw-rate or @me/mw-rate
  --kind <kind>  middleware (bytes to bytes) or codec (values to bytes)
  --folder <f>   Where to write; the name without its scope if absent. It must be empty or not exist
  --help         This text

Nothing is downloaded, and nothing is overwritten.`
