// Dials the multiaddr given as argument, sends 1 MiB of random bytes over /echo/1.0.0 and checks
// that the same bytes come back. Prints one line; ends with 0 if they did, with 1 if not.
import './polyfill.mjs'
import { createHash, randomBytes } from 'node:crypto'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'

const PROTOCOL = '/echo/1.0.0'
const BYTES = 1024 * 1024
const CHUNK = 64 * 1024
const TIMEOUT_MS = 30_000

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

async function exchange(stream, sent) {
  async function* chunks() {
    for (let at = 0; at < sent.length; at += CHUNK) yield sent.subarray(at, at + CHUNK)
  }
  async function collect() {
    const parts = []
    for await (const part of stream.source) parts.push(part.subarray())
    return Buffer.concat(parts)
  }
  // Both at once: an echo that nobody reads stops the sender when the window is full.
  const [received] = await Promise.all([collect(), stream.sink(chunks())])
  return received
}

async function main(address) {
  const node = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify(), ping: ping() }
  })
  try {
    const sent = randomBytes(BYTES)
    const began = performance.now()
    const stream = await node.dialProtocol(multiaddr(address), PROTOCOL)
    const received = await exchange(stream, sent)
    const took = Math.round(performance.now() - began)
    if (sha256(received) !== sha256(sent)) {
      throw new Error(`sent ${sent.length} bytes, and ${received.length} others came back`)
    }
    console.log(`${received.length} bytes came back equal in ${took} ms, dial and handshake included`)
  } finally {
    await node.stop()
  }
}

if (process.argv.length !== 3) {
  console.error('usage: node client.mjs MULTIADDR')
  process.exit(1)
}
// The limit covers everything: a dial, a stream or a stop that hangs.
setTimeout(() => {
  console.error(`client: no complete echo within ${TIMEOUT_MS} ms`)
  process.exit(1)
}, TIMEOUT_MS)

try {
  await main(process.argv[2])
} catch (error) {
  console.error(`client: ${error.message}`)
  process.exit(1)
}
// Not left to the event loop: libp2p leaves timers of up to a second behind.
process.exit(0)
