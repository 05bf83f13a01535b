import { expect, test } from 'vitest';
import { sessionBusSocket } from '#main/host/session-bus.ts';

test.each([
  ['unix:path=/run/user/1000/bus', '/run/user/1000/bus'],
  ['unix:path=/tmp/a%20b,guid=45da', '/tmp/a b'],
  ['unix:abstract=/tmp/dbus-x,guid=45da', '\0/tmp/dbus-x'],
  ['tcp:host=localhost,port=1;unix:path=/tmp/second', '/tmp/second'],
  ['autolaunch:', null],
  ['tcp:host=localhost,port=1', null],
])('%s is reached at %j', (address, socket) => {
  expect(sessionBusSocket({ DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: '/run/user/1000' })).toBe(socket);
});

test('without an address the bus is in the runtime folder, where there is one', () => {
  expect(sessionBusSocket({ XDG_RUNTIME_DIR: '/run/user/1000' })).toBe('/run/user/1000/bus');
  expect(sessionBusSocket({})).toBeNull();
});
