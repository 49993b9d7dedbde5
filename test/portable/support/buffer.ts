// `buffer/`, with the slash, is the package of that name, and not Node's own module.
export { Buffer } from 'buffer/'
