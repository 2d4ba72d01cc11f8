// A TCP echo server as examples/echo.py is one, in plain Node.
import { once } from 'node:events'
import { createServer } from 'node:net'

const log = (text) => process.stderr.write(`echo: ${text}\n`)

const stopSignal = new Promise((resolve) => {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGQUIT']) process.on(name, () => resolve(name))
})

const connections = new Set()
const server = createServer({ allowHalfOpen: true }, (connection) => {
  connections.add(connection)
  connection.on('close', () => connections.delete(connection))
  connection.on('error', (error) => log(`an echo broke off: ${error.message}`))
  connection.pipe(connection)
})

const [, , host, , port] = (process.env.LISTEN_ADDR || '/ip4/0.0.0.0/tcp/0').split('/')
server.listen(Number(port), host)
await once(server, 'listening')
console.log(`/ip4/${host}/tcp/${server.address().port}`)
log(`serving on Node ${process.versions.node}`)

log(`stopping on ${await stopSignal}`)
server.close()
for (const connection of connections) connection.destroy()
log('stopped')
process.exit(0)
