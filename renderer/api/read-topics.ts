import type { IpcOperation } from '#shared/contract/ipc.ts';
import type { ChangeTopic } from '#shared/contract/status.ts';

/** Every operation a view may keep on screen, and the changes after which it is asked for again. */
export const readTopics = {
  'status.read': ['status', 'requests', 'grants', 'running'],
  'provider.list': ['credentials'],
  'credential.list': ['credentials', 'status', 'rotations'],
  'rotation.list': ['rotations', 'credentials'],
  'rotation.history': ['rotations'],
  'rotation.calendar': ['rotations', 'credentials'],
  'rotation.preview': ['rotations'],
  'adminKey.list': ['rotations'],
  'alias.list': ['aliases'],
  'limit.list': ['limits', 'running'],
  'alert.list': ['alerts'],
  'watch.list': ['alerts'],
  'request.list': ['requests'],
  'request.silenced': ['requests'],
  'approval.report': ['requests', 'policies'],
  'grant.list': ['grants'],
  'policy.list': ['policies'],
  'usage.list': ['usage'],
  'usage.summary': ['usage'],
  'usage.overview': ['usage'],
  'usage.running': ['running'],
  'usage.facets': ['usage'],
  'usage.explain': ['usage'],
  'price.read': ['status'],
  'audit.list': ['audit'],
  'audit.verify': [],
  'settings.read': ['settings'],
  'databaseKey.read': ['settings'],
  'tls.read': ['settings', 'status'],
  'doctor.run': [],
} as const satisfies Partial<Record<IpcOperation, readonly ChangeTopic[]>>;

/** An operation that only reads. */
export type ReadOperation = keyof typeof readTopics;

/** True when a view that shows `operation` is out of date after changes to `topics`. */
export function isStaleAfter(operation: unknown, topics: readonly ChangeTopic[]): boolean {
  if (typeof operation !== 'string' || !Object.hasOwn(readTopics, operation)) return false;
  const own: readonly ChangeTopic[] = readTopics[operation as ReadOperation];
  return own.some((topic) => topics.includes(topic));
}
