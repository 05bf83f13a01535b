import { describe, expect, it } from 'vitest';
import { createHealthBook, type HealthFacts } from '#main/control/credential/health-book.ts';
import { type CredentialHealth, goodHealth } from '#shared/model/credential.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';

function bench() {
  const clock = createFakeClock();
  const events: string[] = [];
  let changes = 0;
  const book = createHealthBook({
    clock,
    record: ({ event, subject }) => events.push(`${event} ${subject}`),
    onChange: () => {
      changes += 1;
    },
  });
  const inMs = (milliseconds: number): string => new Date(clock.now() + milliseconds).toISOString();
  const tell = (health: CredentialHealth): void => book.take([{ credentialId: 'a', health }] as HealthFacts);
  return { clock, events, book, inMs, tell, changes: () => changes };
}

const open = (until: string): CredentialHealth => ({ state: 'open', until, reason: 'unreachable', models: [] });

describe('the health of a key', () => {
  it('is good until something else is told', () => {
    expect(bench().book.of('a')).toEqual(goodHealth);
  });

  it('is told with the time of its return, and is half-open from then on', () => {
    const { clock, book, inMs, tell, changes } = bench();
    tell(open(inMs(2_000)));
    expect(book.of('a')).toMatchObject({ state: 'open', until: inMs(2_000) });
    clock.advance(2_000);
    expect(book.of('a')).toEqual({ state: 'half-open', until: null, reason: 'unreachable', models: [] });
    expect(changes()).toBe(1);
  });

  it('is good again when a pause is over', () => {
    const { clock, book, inMs, tell } = bench();
    tell({ state: 'cooling', until: inMs(5_000), reason: 'rate_limited', models: ['gpt-5'] });
    expect(book.of('a').state).toBe('cooling');
    clock.advance(5_000);
    expect(book.of('a')).toEqual(goodHealth);
  });

  it('is written down when a circuit opens and when it closes, once each, and never for a pause', () => {
    const { events, inMs, tell } = bench();
    tell({ state: 'cooling', until: inMs(5_000), reason: 'rate_limited', models: [] });
    tell(open(inMs(1_000)));
    tell(open(inMs(4_000)));
    tell(goodHealth);
    tell(goodHealth);
    expect(events).toEqual(['circuit-opened a', 'circuit-closed a']);
  });

  it('is forgotten with the gateway that told it', () => {
    const { book, inMs, tell, changes } = bench();
    tell(open(inMs(60_000)));
    book.gatewayLost();
    expect(book.of('a')).toEqual(goodHealth);
    book.gatewayLost();
    expect(changes()).toBe(2);
  });
});
