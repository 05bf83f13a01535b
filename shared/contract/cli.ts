import type { NamesBehind } from './operations.ts';

/**
 * The CLI–control boundary: JSON-RPC 2.0 with `Content-Length` framing (the vscode-jsonrpc library) over `<home>/run/control.sock`,
 * mode 0600 in a 0700 folder; on Windows `\\.\pipe\tollkeeper-<user>-<hash of home>`. Method = operation name, params = its input as
 * one object. Errors carry `data: ErrorDocument`. After `audit.follow` the server sends `audit-appended` notifications with one AuditEntry.
 */
export type CliOperation = NamesBehind<'cli'>;

/** Method that starts the notifications below. */
export const auditFollowMethod = 'audit.follow';

/** Notification that carries one new audit entry. */
export const auditAppendedNotification = 'audit-appended';

/** JSON-RPC error code of every error made by an operation; the stable code is in `data.code`. */
export const operationErrorNumber = -32_000;
