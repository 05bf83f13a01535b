import type { JsonRecord } from '../../members.ts';

const counts = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties']);
const left = new Set(['nullable', 'propertyOrdering', 'property_ordering', 'example', 'title']);
const nested = new Set(['items', 'additionalProperties']);

const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The JSON schema of one in Google's form, a subset of OpenAPI 3.0: types in capitals, `nullable`, and counts as texts.
 * https://ai.google.dev/api/caching#Schema
 */
export function jsonSchemaOf(schema: JsonRecord): JsonRecord {
  const entries = Object.entries(schema)
    .filter(([key]) => !left.has(key))
    .map(([key, value]) => convert(key, value));
  const converted: JsonRecord = Object.fromEntries(entries);
  return schema.nullable === true && typeof converted.type === 'string'
    ? { ...converted, type: [converted.type, 'null'] }
    : converted;
}

function convert(key: string, value: unknown): readonly [string, unknown] {
  const name = key === 'any_of' ? 'anyOf' : key;
  if (name === 'type' && typeof value === 'string') {
    return [name, value.toLowerCase()];
  }
  if (counts.has(name) && typeof value === 'string') {
    return [name, Number(value)];
  }
  if (name === 'properties' && isRecord(value)) {
    return [name, Object.fromEntries(Object.entries(value).map(([key, child]) => [key, convertSchema(child)]))];
  }
  if ((name === 'anyOf' || name === 'prefixItems') && Array.isArray(value)) {
    return [name, value.map(convertSchema)];
  }
  return [name, nested.has(name) ? convertSchema(value) : value];
}

function convertSchema(value: unknown): unknown {
  return isRecord(value) ? jsonSchemaOf(value) : value;
}
