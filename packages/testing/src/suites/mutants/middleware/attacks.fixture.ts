import type { Mutant } from '../outcome.fixture.js'
import { claims, type Given, layer, pass, untyped } from './given.fixture.js'
import { sealed } from './sealed.fixture.js'

/** What they let pass. */
export const attacks: readonly Mutant<Given>[] = [
  {
    what: 'throws what is no error',
    check: 'gives a Buffer or an error for any frame',
    because: /threw string/,
    given: {
      create: () =>
        layer({
          receive(frame) {
            if (frame.length > 1000) throw 'too long'
            return frame
          }
        })
    }
  },
  {
    what: 'gives nothing for what it does not understand',
    check: 'gives a Buffer or an error for any frame',
    because: /no Buffer/,
    given: { create: () => layer({ receive: frame => (frame[0] === 0xff ? untyped(undefined) : frame) }) }
  },
  {
    what: 'counts a frame before it knows who sent it',
    check: 'keeps no trace of a frame that it rejected',
    because: /a good frame was rejected behind a hostile one.*not in its turn/,
    given: { create: () => sealed({ hasty: 'layer' }) }
  },
  {
    what: 'counts a frame for later sessions too before it knows who sent it',
    check: 'keeps no trace of a frame that it rejected',
    because: /a hostile frame of \d+ bytes was counted/,
    given: { create: () => sealed({ hasty: 'session' }) }
  },
  claims(
    'tamper',
    () => sealed({ covers: 64 }),
    'detects frames that were changed',
    /a changed frame was taken/
  ),
  claims(
    'truncate',
    () => sealed({ lenient: true }),
    'detects frames that were cut',
    /a cut frame was taken/
  ),
  claims(
    'replay',
    () => sealed({ takes: 'any' }),
    'detects frames that come again, also when the session was opened anew',
    /a frame that came again was taken/
  ),
  claims(
    'replay',
    () => sealed({ key: 'constant' }),
    'detects frames that come again, also when the session was opened anew',
    /on v1 a frame from before the same middleware opened beside itself was taken/
  ),
  claims(
    'replay',
    () => sealed({ receivedIn: 'layer' }),
    'detects frames that come again, also when the session was opened anew',
    /on v0 a frame from before the same middleware opened beside itself was taken/
  ),
  claims(
    'replay',
    () => sealed({ sentIn: 'middleware', receivedIn: 'middleware' }),
    'detects frames that come again, also when the session was opened anew',
    /on v0 a frame from before a new middleware opened the session was taken/
  ),
  claims(
    'replay',
    () => sealed({ receivedIn: 'slot' }),
    'detects frames that come again, also when the session was opened anew',
    /on v0 a frame from before another was in use for a while was taken/,
    { stranger: () => sealed({ receivedIn: 'slot', secret: 'another' }) }
  ),
  claims(
    'reorder',
    () => sealed({ takes: 'unseen' }),
    'detects frames that come after later ones',
    /that came too late was taken/
  ),
  claims(
    'reorder',
    () => sealed({ receivedIn: 'layer' }),
    'detects frames that come after later ones',
    /that came too late for its session was taken/
  ),
  claims('drop', () => sealed(), 'detects that frames before this one never came', /behind a gap was taken/),
  claims(
    'reflect',
    () => sealed({ key: 'undirected' }),
    'detects frames that are sent back',
    /sent back was taken/
  ),
  claims(
    'move',
    () => sealed({ key: 'constant' }),
    'detects frames of another topic and of another connection',
    /of another topic was taken/
  ),
  {
    what: 'stops at a gap, and does not say so',
    check: 'goes on after frames that never came, as for one who joins late',
    because: /not in its turn/,
    given: { create: () => sealed({ takes: 'next' }) }
  },
  {
    what: 'takes what it says it rejects',
    check: 'rejects the frames that it says it rejects',
    because: /declared as rejected was taken/,
    given: { create: () => pass, promises: { rejects: [Buffer.from('bad')] } }
  },
  {
    what: 'takes the frames of a stranger',
    check: 'takes no frame of a stranger, nor a stranger one of it',
    because: /of a stranger was taken/,
    given: { create: () => sealed(), promises: { stranger: () => sealed() } }
  }
]
