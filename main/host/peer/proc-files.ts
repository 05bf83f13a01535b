import { isIPv4 } from 'node:net';
import type { LoopbackConnection } from '#shared/model/process.ts';

/** What `/proc/PID/stat` tells. proc(5). */
export interface ProcStat {
  readonly name: string;
  readonly parent: number;
  /** Start in clock ticks since the machine started; with the pid it names one process for good. */
  readonly startTicks: string;
}

/** Reads `/proc/PID/stat`, whose second field may hold blanks and brackets; null when it is not one. */
export function parseStat(text: string): ProcStat | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  const fields = text
    .slice(close + 2)
    .trim()
    .split(' ');
  const [parent, startTicks] = [fields[1], fields[19]];
  if (parent === undefined || startTicks === undefined) return null;
  return { name: text.slice(open + 1, close), parent: Number(parent), startTicks };
}

/** Reads `/proc/PID/task/TID/children`. */
export function parseChildren(text: string): readonly number[] {
  return text.split(' ').filter(Boolean).map(Number);
}

/** Splits `/proc/PID/cmdline`. */
export function parseCommandLine(text: string): readonly string[] {
  return text
    .replace(/\0+$/, '')
    .split('\0')
    .filter((value, index) => index > 0 || value !== '');
}

/** The effective user id in `/proc/PID/status`; null when there is none. */
export function parseUserId(status: string): number | null {
  const found = /^Uid:\s+\d+\s+(\d+)/m.exec(status);
  return found ? Number(found[1]) : null;
}

/** The name of a user id in `/etc/passwd`; null when it is not there. */
export function userNameOf(passwd: string, userId: number): string | null {
  const line = passwd.split('\n').find((entry) => entry.split(':')[2] === String(userId));
  return line?.split(':')[0] ?? null;
}

/** The calling end of a connection as a row of `/proc/net/tcp` or `/proc/net/tcp6` has it. */
export interface TcpRow {
  readonly inode: string;
  readonly userId: number;
}

/** Finds the calling end's row in `/proc/net/tcp` or `tcp6`; null when it is not there or already closed. */
export function findTcpRow(table: string, connection: LoopbackConnection): TcpRow | null {
  const locals = addressForms(connection.callerAddress).map(
    (address) => `${address}:${hexPort(connection.callerPort)}`,
  );
  const remotePort = `:${hexPort(connection.localPort)}`;
  for (const line of table.split('\n')) {
    // Most lines are others', and a table may have thousands.
    if (!locals.some((local) => line.includes(local))) continue;
    const [, local = '', remote = '', , , , , userId, , inode = '0'] = line.trim().split(/\s+/);
    if (!locals.includes(local) || !remote.endsWith(remotePort) || inode === '0') continue;
    return { inode, userId: Number(userId) };
  }
  return null;
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

/** An address as the tables write it: 32-bit words, each with its bytes turned round. */
function addressForms(address: string): readonly string[] {
  const version4 = address.replace(/^::ffff:/i, '');
  if (isIPv4(version4)) {
    const word = hexWord(version4.split('.').map(Number));
    return [word, `0000000000000000FFFF0000${word}`];
  }
  return address === '::1' ? ['00000000000000000000000001000000'] : [];
}

function hexWord(bytes: readonly number[]): string {
  return bytes
    .toReversed()
    .map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'))
    .join('');
}
