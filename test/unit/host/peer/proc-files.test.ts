import { describe, expect, test } from 'vitest';
import {
  findTcpRow,
  parseChildren,
  parseCommandLine,
  parseStat,
  parseUserId,
  userNameOf,
} from '#main/host/peer/proc-files.ts';

/** Recorded from Linux 6.1. */
const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:20B9 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 51001 1 0000000000000000 100 0 0 10 0
   1: 0100007F:20B9 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 51002 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:C350 0100007F:20B9 01 00000000:00000000 00:00000000 00000000  1001        0 51003 1 0000000000000000 20 4 30 10 -1
   3: 0100007F:C351 0100007F:20B9 06 00000000:00000000 03:00000E3C 00000000     0        0 0 3 0000000000000000
`;
const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:C352 00000000000000000000000001000000:20B9 01 00000000:00000000 00:00000000 00000000  1000        0 52001 1 0000000000000000 20 4 0 10 -1
   1: 0000000000000000FFFF00000100007F:C353 0000000000000000FFFF00000100007F:20B9 01 00000000:00000000 00:00000000 00000000  1000        0 52002 1 0000000000000000 20 4 0 10 -1
`;

describe('findTcpRow', () => {
  const from = (callerAddress: string, callerPort: number) => ({ callerAddress, callerPort, localPort: 8_377 });

  test('finds the calling end, not ours', () => {
    expect(findTcpRow(tcp, from('127.0.0.1', 50_000))).toEqual({ inode: '51003', userId: 1_001 });
    expect(findTcpRow(tcp, from('::ffff:127.0.0.1', 50_000))).toEqual({ inode: '51003', userId: 1_001 });
    expect(findTcpRow(tcp6, from('::1', 50_002))).toEqual({ inode: '52001', userId: 1_000 });
    expect(findTcpRow(tcp6, from('127.0.0.1', 50_003))).toEqual({ inode: '52002', userId: 1_000 });
  });

  test('tells nothing of a closed, another or an unknown connection', () => {
    expect(findTcpRow(tcp, from('127.0.0.1', 50_001))).toBeNull();
    expect(findTcpRow(tcp, from('127.0.0.2', 50_000))).toBeNull();
    expect(findTcpRow(tcp, { callerAddress: '127.0.0.1', callerPort: 50_000, localPort: 1 })).toBeNull();
    expect(findTcpRow('', from('::1', 1))).toBeNull();
    expect(findTcpRow(tcp6, from('fe80::1', 50_002))).toBeNull();
  });
});

describe('the files of a process', () => {
  test('a name may hold blanks and brackets', () => {
    const text = '77 (tmux: server (1)) S 1 77 77 0 -1 4194624 1 0 0 0 5 6 0 0 20 0 1 0 987654 12 3 4';
    expect(parseStat(text)).toEqual({ name: 'tmux: server (1)', parent: 1, startTicks: '987654' });
    expect(parseStat('')).toBeNull();
    expect(parseStat('77 (x) S 1')).toBeNull();
  });

  test('children stand in one line', () => {
    expect(parseChildren('12 345 ')).toEqual([12, 345]);
    expect(parseChildren('')).toEqual([]);
  });

  test('arguments keep their blanks and empty values', () => {
    expect(parseCommandLine('node\0-p\0\0say hi\0')).toEqual(['node', '-p', '', 'say hi']);
    expect(parseCommandLine('')).toEqual([]);
  });

  test('the user is the effective one', () => {
    expect(parseUserId('Name:\tnode\nUid:\t1000\t1001\t1000\t1000\n')).toBe(1_001);
    expect(parseUserId('')).toBeNull();
    expect(userNameOf('root:x:0:0::/root:/bin/bash\nada:x:1001:1001::/home/ada:/bin/sh\n', 1_001)).toBe('ada');
    expect(userNameOf('root:x:0:0::/root:/bin/bash\n', 7)).toBeNull();
  });
});
