import { describe, expect, it } from 'vitest';
import { initialDecision, isConfirmed, toApproval, toggleScope } from '#renderer/components/access-request/decision.ts';
import { isNameVouched, plainText, programOf, shownToolName } from '#renderer/components/access-request/identity.ts';
import { type AccessRequest, approvalSchema } from '#shared/model/access.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { fakeRequests } from '#test/fakes/window-requests.ts';

function request(id: string): AccessRequest {
  const found = fakeRequests(0).find((each) => each.id === id);
  if (found === undefined) throw new TollkeeperError('not_found');
  return found;
}

describe('toApproval', () => {
  const claude = request('req_claude');

  it('allows exactly what was asked when nothing was touched', () => {
    const approval = toApproval(claude, initialDecision(claude));
    expect(approval).toEqual({ ttlSeconds: 3_600, uses: null, budgetMicroUsd: 2_000_000 });
    expect(approvalSchema.safeParse(approval).success).toBe(true);
  });

  it('sends the scopes that are left when one was taken out', () => {
    const decision = toggleScope(initialDecision(claude), 'openai:embeddings');
    expect(toApproval(claude, decision).scopes).toEqual(['anthropic:chat:claude-*']);
    expect(toApproval(claude, toggleScope(decision, 'openai:embeddings')).scopes).toBeUndefined();
  });

  it('allows one request for Once', () => {
    expect(toApproval(claude, { ...initialDecision(claude), hold: 'once' }).uses).toBe(1);
  });

  it('starts at Once for a request that asks for one use, and lifts that for a longer answer', () => {
    const backup = request('req_backup');
    const decision = initialDecision(backup);
    expect(decision.hold).toBe('once');
    expect(toApproval(backup, { ...decision, hold: 'timed' }).uses).toBeNull();
  });

  it('ends with the lock, at the ceiling at most', () => {
    expect(toApproval(claude, { ...initialDecision(claude), hold: 'until-lock' })).toMatchObject({
      untilLock: true,
      ttlSeconds: 43_200,
    });
  });

  it('makes a standing decision only for Always', () => {
    const decision = initialDecision(claude);
    expect(toApproval(claude, { ...decision, hold: 'always' }).always).toBe(true);
    expect(toApproval(claude, decision).always).toBeUndefined();
  });

  it('widens Always to every folder only when that was chosen, and nothing else by it', () => {
    const anywhere = { ...initialDecision(claude), isAnywhere: true };
    expect(toApproval(claude, { ...anywhere, hold: 'always' })).toMatchObject({ always: true, anyFolder: true });
    expect(toApproval(claude, anywhere)).not.toHaveProperty('anyFolder');
  });

  it('sends what was typed under an unusual request, which is allowed only when that is right', () => {
    const codex = request('req_codex');
    const decision = initialDecision(codex);
    expect([isConfirmed(claude, initialDecision(claude)), isConfirmed(codex, decision)]).toEqual([true, false]);
    expect(isConfirmed(codex, { ...decision, typed: '4' })).toBe(false);
    expect(isConfirmed(codex, { ...decision, typed: '47' })).toBe(true);
    expect(toApproval(codex, { ...decision, typed: '47' }).confirmation).toBe('47');
    expect(toApproval(claude, initialDecision(claude))).not.toHaveProperty('confirmation');
  });
});

describe('isNameVouched', () => {
  it('takes the name of a verified process that carries it', () => {
    expect(shownToolName(request('req_claude'))).toBe('Claude Code');
  });

  it('quotes the name of an unknown process', () => {
    expect(shownToolName(request('req_device'))).toMatch(/^\u201c.*\u201d$/u);
  });

  it('quotes a name that the process does not carry, or that nobody verified', () => {
    const claude = request('req_claude');
    expect(isNameVouched({ tool: 'Codex', process: claude.process })).toBe(false);
    expect(
      isNameVouched({ tool: 'Claude Code', process: claude.process && { ...claude.process, verified: false } }),
    ).toBe(false);
  });

  it('looks past toll and shells to the program that called it, and no further', () => {
    const { process } = request('req_claude');
    if (process === null) throw new TollkeeperError('not_found');
    const link = (name: string) => ({ pid: 1, executable: null, name });
    const called = (...parents: string[]) =>
      isNameVouched({ tool: 'Claude Code', process: { ...process, name: 'toll', parents: parents.map(link) } });
    expect(called('sh', 'claude', 'zsh')).toBe(true);
    expect(called('sh', 'evil', 'claude')).toBe(false);
    expect(called()).toBe(false);
  });
});

describe('what a caller writes', () => {
  it('cannot break out of its line or turn the text around it', () => {
    expect(plainText('fix\n\u202ethe\u200b build\u2028')).toBe('fix the build');
  });

  it('names the script of an interpreter beside its path', () => {
    const { process } = request('req_backup');
    const { process: plain } = request('req_claude');
    expect([process && programOf(process), plain && programOf(plain)]).toEqual([
      '/usr/bin/python3 backup.py',
      '/usr/local/bin/claude',
    ]);
  });
});
