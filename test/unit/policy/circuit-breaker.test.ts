import { describe, expect, it } from 'vitest';
import {
  admits,
  afterFailure,
  afterNothing,
  afterSuccess,
  type Circuit,
  type CircuitReason,
  circuitRules,
  freshCircuit,
  waitOf,
  withCall,
} from '#shared/policy/circuit-breaker.ts';

const now = 50_000;

function failing(circuit: Circuit, times: number, reason: CircuitReason = 'server_error'): Circuit {
  return Array.from({ length: times }).reduce<Circuit>((before) => afterFailure(before, reason, now), circuit);
}

const proven = afterSuccess(freshCircuit, now);

describe('a closed circuit', () => {
  it('costs nothing while all is well', () => {
    expect(afterSuccess(proven, now + 1)).toBe(proven);
    expect(withCall(proven, now)).toBe(proven);
    expect(admits(proven, now)).toBe(true);
  });

  it('opens with the fifth failure in a row, and with no fewer', () => {
    expect(failing(proven, 4).state).toBe('closed');
    expect(failing(proven, 5)).toMatchObject({ state: 'open', reason: 'server_error', until: now + 1_000 });
  });

  it('forgets a row of failures at a success', () => {
    expect(failing(afterSuccess(failing(proven, 4), now), 4).state).toBe('closed');
  });

  it('opens when half of ten calls within its window failed, though never five in a row', () => {
    let circuit = proven;
    for (let pair = 0; pair < 4; pair += 1) {
      circuit = afterSuccess(afterFailure(circuit, 'timeout', now), now);
    }
    circuit = afterSuccess(circuit, now);
    expect(circuit.state).toBe('closed');
    expect(afterFailure(circuit, 'timeout', now)).toMatchObject({ state: 'open', reason: 'timeout' });
  });

  it('counts in a share no failure older than its window', () => {
    let circuit = afterSuccess(failing(proven, 4), now);
    circuit = afterFailure(circuit, 'timeout', now + circuitRules.windowMs + 1);
    expect(circuit).toMatchObject({ calls: 1, failures: 1 });
    expect(afterSuccess(circuit, now + 3 * circuitRules.windowMs)).toBe(proven);
  });

  it('opens with the first refusal of a key that has never worked, and with the third in a row of one that has', () => {
    expect(failing(freshCircuit, 1, 'key_rejected')).toMatchObject({ state: 'open', reason: 'key_rejected' });
    expect(failing(proven, 2, 'key_rejected').state).toBe('closed');
    expect(failing(proven, 3, 'key_rejected')).toMatchObject({ state: 'open', reason: 'key_rejected' });
  });
});

describe('an open circuit', () => {
  const open = failing(proven, 5);

  it('lets no call through before its time, and one at it', () => {
    expect(admits(open, now + 999)).toBe(false);
    expect(waitOf(open, now + 400)).toBe(600);
    expect(withCall(open, now + 999)).toBe(open);
    const trial = withCall(open, now + 1_000);
    expect(trial.state).toBe('half-open');
    expect(admits(trial, now + 1_001)).toBe(false);
    expect(waitOf(trial, now + 1_001)).toBeGreaterThan(0);
  });

  it('closes when the trial succeeds', () => {
    expect(afterSuccess(withCall(open, now + 1_000), now + 1_001)).toBe(proven);
  });

  it('stays open twice as long after each trial that fails, up to its longest time', () => {
    let circuit: Circuit = open;
    const lengths: number[] = [];
    for (let opening = 0; opening < 7; opening += 1) {
      const at = circuit.state === 'open' ? circuit.until : 0;
      circuit = afterFailure(withCall(circuit, at), 'server_error', at);
      lengths.push(circuit.state === 'open' ? circuit.until - at : 0);
    }
    expect(lengths).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('gives the trial to the next call when the one before told nothing, or has told nothing for a minute', () => {
    const trial = withCall(open, now + 1_000);
    expect(admits(afterNothing(trial, now + 1_500), now + 1_500)).toBe(true);
    expect(admits(trial, now + 1_000 + circuitRules.trialMs)).toBe(true);
  });

  it('is not moved by calls that were under way when it opened', () => {
    expect(afterSuccess(open, now + 1)).toBe(open);
    expect(afterFailure(open, 'timeout', now + 1)).toBe(open);
    expect(afterNothing(open, now + 1)).toBe(open);
  });
});
