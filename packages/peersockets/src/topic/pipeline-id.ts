import { checkContract } from '../contract.js'
import { reasonOf, refuse } from '../errors.js'
import { isForMessages } from '../pipeline/layers.js'
import type { Codec, Middleware } from '../plugin.js'
import { MAX_PIPELINE_ID_BYTES } from '../wire/bounds.js'

/** What separates the names in a pipeline id cannot stand in one. */
const STAGE_NAME = /^[!-=?-~]+$/
const OWN_STAGES = ['raw', 'batch']

/** Whether a topic can be made of these plugins, which may be anything. Throws `ERR_INVALID_ARGUMENT`. */
export function checkPlugins(codec: Codec | undefined, middleware: readonly Middleware[]): void {
  // Before anything else of a plugin, which another version may have made different.
  checkContract('codec', codec)
  if (Array.isArray(middleware)) for (const stage of middleware) checkContract('middleware', stage)
  if (codec !== undefined && (typeof codec?.encode !== 'function' || typeof codec.decode !== 'function')) {
    refuse('defineTopic takes as `codec` an object with `encode` and `decode`, such as json() or msgpack().')
  }
  if (!Array.isArray(middleware) || middleware.some(layer => typeof layer?.open !== 'function')) {
    refuse('defineTopic takes as `middleware` an array of objects with `open`, such as [hmac()].')
  }
}

/**
 * What both sides of a topic must have alike, in the order of sending (SPEC, "Pipeline ids"). Throws `ERR_INVALID_ARGUMENT`.
 */
export function pipelineIdOf(
  codec: Codec | undefined,
  batch: boolean,
  middleware: readonly Middleware[]
): string {
  for (const { name } of middleware) checkStageName(name)
  const onWire = middleware.filter(({ wire }) => wire !== false)
  const namesOf = (stages: readonly Middleware[]) => stages.map(({ name }) => name)
  const stages = [
    codec === undefined ? 'raw' : checkStageName(codec.name),
    ...namesOf(onWire.filter(isForMessages)),
    ...(batch ? ['batch'] : []),
    ...namesOf(onWire.filter(stage => !isForMessages(stage)))
  ]
  const id = stages.join(' > ')
  const bytes = Buffer.byteLength(id)
  if (bytes <= MAX_PIPELINE_ID_BYTES) return id
  return refuse(
    `The names of the codec and the middleware have ${bytes} bytes together, of ${MAX_PIPELINE_ID_BYTES} allowed.`
  )
}

function checkStageName(name: unknown): string {
  if (typeof name !== 'string' || !STAGE_NAME.test(name)) {
    return refuse(
      `The \`name\` of a codec or middleware is printable ASCII without spaces and \`>\`, such as \`msgpack\`, not ${reasonOf(name)}.`
    )
  }
  if (OWN_STAGES.includes(name))
    refuse(`A codec or middleware cannot have the name \`${name}\`: it has a meaning of its own.`)
  return name
}
