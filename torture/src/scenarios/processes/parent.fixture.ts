/** Starts a peer process, tells its pid, and then waits to be killed. */
import { PeerProcess } from './peer-process.js'

const [bootstrap = ''] = process.argv.slice(2)
console.log(new PeerProcess({ stack: 'networker', bootstrap }).pid)
