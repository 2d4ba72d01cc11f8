// Fills in what js-libp2p takes for granted and an older Node lacks, so that Debian 12's own
// Node 18 will do. Import it before libp2p.
import { webcrypto } from 'node:crypto'

// Global from Node 19 on.
globalThis.crypto ??= webcrypto

// Global from Node 19 on.
globalThis.CustomEvent ??= class CustomEvent extends Event {
  constructor(type, options) {
    super(type, options)
    this.detail = options?.detail ?? null
  }
}

// From Node 22 on.
Promise.withResolvers ??= function withResolvers() {
  let resolve
  let reject
  const promise = new this((fulfil, fail) => {
    resolve = fulfil
    reject = fail
  })
  return { promise, resolve, reject }
}
