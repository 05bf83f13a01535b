import { TollkeeperError } from '#shared/model/error.ts';

/** A JSON object of unknown make. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** A value of the caller's body together with the name the caller would give it, such as `messages[2].content`. */
export interface Member {
  readonly value: unknown;
  readonly name: string;
}

function refuse(member: Member, wanted: string): TollkeeperError {
  return new TollkeeperError('invalid_request', `\`${member.name}\` must be ${wanted}.`, {
    details: { member: member.name },
  });
}

/** True for null and for what is absent, which every protocol here takes for the same. */
export function isAbsent(member: Member): boolean {
  return member.value === undefined || member.value === null;
}

/** The value as an object, or `invalid_request`. */
export function objectOf(member: Member): JsonRecord {
  const { value } = member;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse(member, 'an object');
  }
  return value as JsonRecord;
}

/** A member of an object member; Google's protocols take snake case too, so `either` looks for both. */
export function at(parent: Member, key: string): Member {
  const name = parent.name === '' ? key : `${parent.name}.${key}`;
  return { value: objectOf(parent)[key], name };
}

/** A member by its camel-case name, or by the same name in snake case, as Google's JSON mapping of protocol buffers allows. */
export function either(parent: Member, key: string): Member {
  const found = at(parent, key);
  if (found.value !== undefined) {
    return found;
  }
  const snake = at(
    parent,
    key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  );
  return snake.value === undefined ? found : snake;
}

/** The elements of an array; an absent one has none. */
export function listOf(member: Member): readonly Member[] {
  if (isAbsent(member)) {
    return [];
  }
  if (!Array.isArray(member.value)) {
    throw refuse(member, 'an array');
  }
  return member.value.map((value: unknown, index) => ({ value, name: `${member.name}[${index}]` }));
}

/** A string that must be there. */
export function textOf(member: Member): string {
  if (typeof member.value !== 'string') {
    throw refuse(member, 'a string');
  }
  return member.value;
}

/** A string, or undefined when absent. */
export function optionalText(member: Member): string | undefined {
  return isAbsent(member) ? undefined : textOf(member);
}

/** A finite number, or undefined when absent. */
export function optionalNumber(member: Member): number | undefined {
  if (isAbsent(member)) {
    return undefined;
  }
  if (typeof member.value !== 'number' || !Number.isFinite(member.value)) {
    throw refuse(member, 'a number');
  }
  return member.value;
}

/** True or false, or undefined when absent. */
export function optionalFlag(member: Member): boolean | undefined {
  if (isAbsent(member)) {
    return undefined;
  }
  if (typeof member.value !== 'boolean') {
    throw refuse(member, 'true or false');
  }
  return member.value;
}

/** The value as JSON arguments of a tool: an object as it is, a text parsed; anything that is no JSON stays a text. */
export function parseLoosely(text: string): unknown {
  try {
    return text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    return text;
  }
}

/** An error that names the member and says what would do. */
export function unsupported(member: Member, why: string): TollkeeperError {
  return new TollkeeperError('invalid_request', `\`${member.name}\` ${why}`, { details: { member: member.name } });
}

/** A body as its root member; anything but one JSON object is refused. */
export function parseBody(body: Buffer): Member {
  const root = { value: undefined as unknown, name: '' };
  try {
    root.value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new TollkeeperError('invalid_request', 'The body must be JSON.', { cause: error });
  }
  if (typeof root.value !== 'object' || root.value === null || Array.isArray(root.value)) {
    throw new TollkeeperError('invalid_request', 'The body must be one JSON object.');
  }
  return root;
}

/** Names every member of an object that is set and not among the known ones. */
export function unknownMembers(parent: Member, known: ReadonlySet<string>): readonly string[] {
  return Object.entries(objectOf(parent))
    .filter(([key, value]) => value !== undefined && value !== null && !known.has(key))
    .map(([key]) => at(parent, key).name);
}
