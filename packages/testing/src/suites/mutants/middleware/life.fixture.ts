import { setImmediate } from 'node:timers/promises'
import type { Mutant } from '../outcome.fixture.js'
import { type Given, layer, pass } from './given.fixture.js'
import { altered, sealed } from './sealed.fixture.js'

/** How they open, close, and open again. */
export const life: readonly Mutant<Given>[] = [
  {
    what: 'cannot close when it was not used',
    check: 'closes without an error, used or not, also while a frame is on its way',
    because: /never began/,
    given: {
      create: () =>
        altered(pass, () => {
          let began = false
          return {
            send(frame) {
              began = true
              return frame
            },
            close() {
              if (!began) throw new Error('never began')
            }
          }
        })
    }
  },
  {
    what: 'cannot close while it works',
    check: 'closes without an error, used or not, also while a frame is on its way',
    because: /still at work/,
    given: {
      create: () =>
        altered(pass, () => {
          let working = false
          return {
            async send(frame) {
              working = true
              await setImmediate()
              working = false
              return frame
            },
            close() {
              if (working) throw new Error('still at work')
            }
          }
        })
    }
  },
  {
    what: 'closes for everybody',
    check: 'leaves the other sessions working when one is closed',
    because: /closed for all/,
    given: {
      create: () => {
        let closed = false
        return layer({
          send(frame) {
            if (closed) throw new Error('closed for all')
            return frame
          },
          close() {
            closed = true
          }
        })
      }
    }
  },
  {
    what: 'counts anew when it is opened again, and remembers what came before',
    check: 'goes on when both sides open the session again',
    because: /not in its turn/,
    given: { create: () => sealed({ sentIn: 'layer' }) }
  },
  {
    what: 'counts anew on the side that opens again',
    check: 'goes on when one side alone opens the session again, on a public topic',
    because: /not in its turn/,
    given: { create: () => sealed({ sentIn: 'layer', receivedIn: 'layer' }) }
  },
  {
    what: 'counts on from where it opened, whatever other layers have sent',
    check: 'works where each side has several layers of a public topic, which share their counters',
    because: /not in its turn/,
    given: { create: () => sealed({ sentIn: 'opening' }) }
  },
  {
    what: 'takes no frame that another layer has taken',
    check: 'works where each side has several layers of a public topic, which share their counters',
    because: /not in its turn/,
    given: { create: () => sealed({ receivedIn: 'shared' }) }
  }
]
