// Reads a JSON array of Kubernetes objects from stdin, and prints what is wrong with them by the
// schemas that Kubernetes publishes: one line a mistake. Ends with 1 if there is any.
import { readFileSync } from 'node:fs'

const TOP = ['apiVersion', 'kind', 'metadata', 'spec', 'data']

// The schemas say nothing of a field that they do not know, and a misspelt one is such a field: it
// is one that the validator never looks at.
function watched(value, path, unread) {
  if (value === null || typeof value !== 'object') return value
  const copy = Array.isArray(value) ? [] : {}
  for (const key of Object.keys(value)) {
    if (!Array.isArray(value)) unread.add(`${path}/${key}`)
    copy[key] = watched(value[key], `${path}/${key}`, unread)
  }
  return new Proxy(copy, {
    get(target, key) {
      unread.delete(`${path}/${String(key)}`)
      return target[key]
    }
  })
}

async function mistakes(object) {
  const found = Object.keys(object).filter((key) => !TOP.includes(key)).map((key) => `/${key}: unknown`)
  const Model = (await import(`kubernetes-models/${object.apiVersion}`))[object.kind]
  if (!Model) return [`no kind ${object.kind} in ${object.apiVersion}`]
  const unread = new Set()
  const model = new Model(object)
  for (const key of Object.keys(model)) model[key] = watched(model[key], `/${key}`, unread)
  try {
    model.validate()
  } catch (error) {
    found.push(error.message)
  }
  return [...found, ...[...unread].map((path) => `${path}: unknown`)]
}

let wrong = false
for (const object of JSON.parse(readFileSync(0, 'utf8'))) {
  for (const mistake of await mistakes(object)) {
    console.log(`${object.kind} ${object.metadata?.name}: ${mistake}`)
    wrong = true
  }
}
process.exit(wrong ? 1 : 0)
