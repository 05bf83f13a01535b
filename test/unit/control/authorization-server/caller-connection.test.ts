import { expect, it } from 'vitest';
import { parseCallerConnection } from '#main/control/authorization-server/caller-connection.ts';

it.each([
  ['127.0.0.1:40123>8377', '127.0.0.1', 40_123, 8_377],
  ['::1:40123>8377', '::1', 40_123, 8_377],
  ['[::1]:40123>8377', '::1', 40_123, 8_377],
  ['::ffff:127.0.0.1:5>6', '::ffff:127.0.0.1', 5, 6],
])('reads %j', (header, callerAddress, callerPort, localPort) => {
  expect(parseCallerConnection(header)).toEqual({ callerAddress, callerPort, localPort });
});

it.each(['', '127.0.0.1', '127.0.0.1:40123', 'undefined:undefined>8377', '127.0.0.1:1234567>8377'])(
  'tells nothing from %j',
  (header) => {
    expect(parseCallerConnection(header)).toBeNull();
  },
);
