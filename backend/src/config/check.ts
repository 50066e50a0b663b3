/** Holds a located tree against the schema: tells every mistake, and takes what is wrong out of the tree. */
import { type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import { type Located, type LocatedList, type LocatedMap, type LocatedScalar, plain } from './located.js'
import type { Mistakes } from './mistakes.js'
import { kindOf, meant, shown } from './words.js'

/** Whether the node may stay. What remains in it afterwards fits the schema. */
export function fits(schema: TSchema, node: Located, path: string, mistakes: Mistakes): boolean {
  if (node.kind === 'map') {
    const shape = shapeOf(schema)
    if (shape !== undefined) return fitsMap(shape, node, path, mistakes)
  }
  if (node.kind === 'list' && Type.IsArray(schema)) return fitsList(schema.items, node, path, mistakes)
  if (node.kind === 'scalar') {
    if (node.broken) return false
    takeNumber(schema, node)
  }
  if (Value.Check(schema, plain(node))) return true
  mistakes.add(
    { at: node.at, path },
    `\`${lastKey(path)}\` is ${found(schema, node, path)}; expected ${expected(schema)}`,
  )
  return false
}

type Shape = { readonly keys: ReadonlyMap<string, TSchema> } | { readonly all: TSchema }

/** What the keys of a group may be: of an object, a record, or the object among the alternatives of a union. */
function shapeOf(schema: TSchema): Shape | undefined {
  if (Type.IsObject(schema)) return { keys: new Map(Object.entries(schema.properties)) }
  if (Type.IsRecord(schema)) return { all: Type.RecordValue(schema) }
  if (!Type.IsUnion(schema)) return undefined
  const object = schema.anyOf.find((alternative) => Type.IsObject(alternative))
  return object === undefined ? undefined : shapeOf(object)
}

function fitsMap(shape: Shape, map: LocatedMap, path: string, mistakes: Mistakes): boolean {
  for (const [key, { keyAt, node }] of map.entries) {
    const place = path === '' ? key : `${path}.${key}`
    const schema = 'all' in shape ? shape.all : shape.keys.get(key)
    if (schema === undefined && 'keys' in shape) {
      mistakes.add({ at: keyAt, path: place }, `unknown key \`${key}\`; ${meant(key, [...shape.keys.keys()])}`)
    } else if (schema !== undefined && fits(schema, node, place, mistakes)) continue
    map.entries.delete(key)
    map.wrong.add(key)
  }
  return true
}

function fitsList(items: TSchema, list: LocatedList, path: string, mistakes: Mistakes): boolean {
  const kept = list.items.filter((item, index) => fits(items, item, `${path}[${index}]`, mistakes))
  list.dropped = kept.length < list.items.length
  list.items.splice(0, list.items.length, ...kept)
  return true
}

/** A variable is always text; where a number or a yes is wanted, text that is one will do. */
function takeNumber(schema: TSchema, node: LocatedScalar): void {
  const text = node.value
  if (!node.expanded || typeof text !== 'string') return
  if ((Type.IsInteger(schema) || Type.IsNumber(schema)) && /^-?\d{1,15}$/.test(text)) node.value = Number(text)
  if (Type.IsBoolean(schema) && /^(?:true|false)$/.test(text)) node.value = text === 'true'
}

function found(schema: TSchema, node: Located, path: string): string {
  const kind = kindOf(node)
  if (kind === 'empty') return kind
  const rightKind = node.kind === 'scalar' && kindsOf(schema).includes(typeof node.value)
  return rightKind || kind === 'true or false' ? shown(node, path) : kind
}

function kindsOf(schema: TSchema): string[] {
  if (Type.IsUnion(schema)) return schema.anyOf.flatMap(kindsOf)
  if (Type.IsString(schema) || Type.IsLiteral(schema)) return ['string']
  return Type.IsInteger(schema) || Type.IsNumber(schema) ? ['number', 'string'] : []
}

function expected(schema: TSchema): string {
  if ('description' in schema && typeof schema.description === 'string') return schema.description
  return shapeOf(schema) === undefined ? 'something else' : 'a group of keys'
}

function lastKey(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1) || 'the file'
}
