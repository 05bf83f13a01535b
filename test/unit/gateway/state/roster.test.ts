import { expect, it } from 'vitest';
import { Roster } from '#main/gateway/state/roster.ts';

it('holds what has joined and not left, whatever the order', () => {
  const roster = new Roster<string>();
  const [first, second, third] = ['a', 'b', 'c'].map((name) => roster.join(name));
  if (first === undefined || second === undefined || third === undefined) throw new TypeError('three seats');
  roster.leave(first);
  expect([...roster.members()].sort()).toEqual(['b', 'c']);
  roster.leave(third);
  roster.leave(first);
  expect(roster.members()).toEqual(['b']);
  roster.leave(second);
  expect(roster.size).toBe(0);
});

it('forgets all of them at once, and a seat that is given up afterwards changes nothing', () => {
  const roster = new Roster<string>();
  const old = roster.join('a');
  roster.clear();
  roster.join('b');
  roster.leave(old);
  expect(roster.members()).toEqual(['b']);
});
