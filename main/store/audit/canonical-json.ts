/**
 * One spelling for every JSON value: no blanks, properties sorted by UTF-16 code units, numbers and strings as ECMAScript
 * writes them. RFC 8785 section 3.2. What JSON leaves out (`undefined`, functions) is left out, dates become strings.
 */
export function canonicalJson(value: unknown): string {
  return write(JSON.parse(JSON.stringify(value)));
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`);
  return `{${members.join(',')}}`;
}
