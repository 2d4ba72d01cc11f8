// A js-libp2p node that sends back what it is sent over /echo/1.0.0.
//
// Its addresses are all it prints to stdout, one a line, once it can be dialled; what it has to
// say otherwise goes to stderr. SIGINT, SIGTERM and SIGQUIT stop it, and it then ends with 0.
import './polyfill.mjs'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { createLibp2p } from 'libp2p'

const PROTOCOL = '/echo/1.0.0'
const DRAIN_MS = 2000

const log = (text) => process.stderr.write(`js-echo-server: ${text}\n`)

// The interop suite names the variant that it wants, and this is the only one spoken here.
for (const [name, spoken] of Object.entries({ TRANSPORT: 'tcp', SECURITY: 'noise', MUXER: 'yamux' })) {
  const wanted = process.env[name] || spoken
  if (wanted !== spoken) {
    log(`${name}=${wanted}: expected ${spoken}`)
    process.exit(2)
  }
}

// Caught before libp2p starts, so that a stop that arrives meanwhile is an orderly one too.
const stopSignal = new Promise((resolve) => {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGQUIT']) process.on(name, () => resolve(name))
})

const node = await createLibp2p({
  addresses: { listen: [process.env.LISTEN_ADDR || '/ip4/0.0.0.0/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: { identify: identify(), ping: ping() }
})

const echoes = new Set()

function echo({ stream, connection }) {
  const ended = stream.sink(stream.source)
    .then(() => log(`echoed a stream of ${connection.remotePeer}`))
    .catch((error) => {
      log(`an echo to ${connection.remotePeer} broke off: ${error.message}`)
      stream.abort(error)
    })
    .finally(() => echoes.delete(running))
  const running = { stream, ended }
  echoes.add(running)
}

// Echoes under way may finish for a moment; what then still runs is cut.
async function drain() {
  const late = setTimeout(() => {
    for (const { stream } of echoes) stream.abort(new Error('the server stops'))
  }, DRAIN_MS)
  await Promise.all([...echoes].map(({ ended }) => ended))
  clearTimeout(late)
}

await node.handle(PROTOCOL, echo)
for (const address of node.getMultiaddrs()) console.log(address.toString())
log(`serving ${PROTOCOL} on Node ${process.versions.node}`)

log(`stopping on ${await stopSignal}`)
await node.unhandle(PROTOCOL)
await drain()
await node.stop()
log('stopped')
// Everything is closed, but libp2p leaves timers of up to a second behind.
process.exit(0)
