import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readyFileSchema } from '#shared/contract/status.ts';
import type { AccessDemand, Approval } from '#shared/model/access.ts';
import { createFakeVault } from '#test/fakes/fake-vault.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';
import { demandOf } from './control-bench.ts';
import { callerOf, closableCaller, type RunningControl, startControl } from './running-control.ts';

const cli = callerOf();

async function grantedToken(running: RunningControl, demand: Partial<AccessDemand> = {}) {
  const { id } = await running.control.perform('request.create', demandOf(demand), cli);
  const answer = running.control.perform('request.wait', { id }, cli);
  await running.control.perform('request.approve', { id, approval: {} }, callerOf('prompt'));
  return answer;
}

describe('a control plane that runs', () => {
  test('tells where it is in a ready file that only the user can read, and takes it away at the end', async () => {
    const { control, paths } = await startControl();
    const ready = readyFileSchema.parse(JSON.parse(readFileSync(paths.readyFile, 'utf8')));
    expect(ready).toEqual({ gateway: 'http://127.0.0.1:8377', pid: process.pid, version: '0.0.0-test', mode: 'app' });
    expect(statSync(paths.readyFile).mode & 0o777).toBe(0o600);
    expect(statSync(paths.run).mode & 0o777).toBe(0o700);
    expect(statSync(paths.controlSocket).mode & 0o777).toBe(0o600);
    await control.close(0);
    expect(existsSync(paths.readyFile)).toBe(false);
    expect(existsSync(paths.controlSocket)).toBe(false);
  });

  test('gives a token once the gateway knows its grant, and takes it back', async () => {
    const running = await startControl();
    const answer = await grantedToken(running, { scopes: ['openai:chat'] });
    expect(running.gateways.current.snapshot?.grants).toMatchObject([{ grantId: answer.grantId, tool: 'codey' }]);
    await running.control.perform('grant.revoke', { id: answer.grantId }, cli);
    expect(running.gateways.current.snapshot?.grants).toEqual([]);
    const [grant] = await running.control.perform('grant.list', { includeEnded: true }, cli);
    expect(grant).toMatchObject({ id: answer.grantId, status: 'ended', endedBy: 'revoked by cli' });
    expect(await codeOf(running.control.perform('grant.revoke', { id: answer.grantId }, cli))).toBe('conflict');
    expect(await codeOf(running.control.perform('grant.revoke', { id: 'nobody' }, cli))).toBe('not_found');
  });

  test('can revoke one token while its grant lives', async () => {
    const running = await startControl();
    const { token } = await grantedToken(running);
    const jti = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti as string;
    await running.control.perform('grant.revoke', { id: jti }, cli);
    expect(running.gateways.current.snapshot?.revokedTokenIds).toEqual([jti]);
    expect(running.gateways.current.snapshot?.grants).toHaveLength(1);
  });

  test('denied and unanswered requests reject with their codes', async () => {
    const { control } = await startControl();
    const { id } = await control.perform('request.create', demandOf(), cli);
    const waiting = control.perform('request.wait', { id }, cli);
    await control.perform('request.deny', { id }, cli);
    expect(await codeOf(waiting)).toBe('access_denied');
    expect(await codeOf(control.perform('request.wait', { id: 'req_nothing' }, cli))).toBe('not_found');
  });

  test('a grant bound to a connection ends with it, and a withdrawn request is gone', async () => {
    const running = await startControl();
    const { control } = running;
    const caller = closableCaller();
    const { id } = await control.perform('request.create', demandOf(), caller);
    const answer = control.perform('request.wait', { id, bindToConnection: true }, caller);
    await control.perform('request.approve', { id, approval: {} }, cli);
    const { grantId } = await answer;
    const asking = closableCaller();
    const second = await control.perform('request.create', demandOf({ tool: 'other' }), asking);
    const abandoned = codeOf(control.perform('request.wait', { id: second.id }, asking));
    caller.disconnect();
    asking.disconnect();
    expect(await abandoned).toBe('access_denied');
    expect(await control.perform('request.list', {}, cli)).toEqual([]);
    expect(await control.perform('grant.list', { includeEnded: true }, cli)).toMatchObject([
      { id: grantId, status: 'ended', endedBy: 'run-exited' },
    ]);
  });

  test('panic ends every grant and denies every request', async () => {
    const running = await startControl();
    await grantedToken(running);
    const { id } = await running.control.perform('request.create', demandOf({ tool: 'other' }), cli);
    const waiting = codeOf(running.control.perform('request.wait', { id }, cli));
    expect(await running.control.perform('panic', {}, callerOf('tray'))).toMatchObject({
      ...{ grantsEnded: 1, requestsDenied: 1, callsCut: 0, gatewayAnswered: true },
    });
    expect(await waiting).toBe('access_denied');
    expect(running.gateways.current.snapshot).toMatchObject({ grants: [], upstreams: [], paused: true });
    const [last] = await running.control.perform('audit.list', { limit: 1, text: 'panic' }, cli);
    expect(last).toMatchObject({ event: 'panic', actor: 'tray', detail: { grantsEnded: 1, gatewayAnswered: true } });
  });

  test('a key goes to the gateway and nowhere else', async () => {
    const running = await startControl();
    const secret = 'sk-canary-0123456789abcdefABCDEF';
    const input = { provider: 'openai', secret, verify: false };
    const added = await running.control.perform('credential.add', input, cli);
    expect(JSON.stringify(added)).not.toContain(secret);
    expect(running.gateways.current.snapshot?.upstreams).toMatchObject([{ credentialId: added.id, secret }]);
    await running.control.perform('credential.remove', { id: added.id }, cli);
    expect(running.gateways.current.snapshot?.upstreams).toEqual([]);
    await running.control.close(0);
    const written = readdirSync(running.paths.home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    expect(written.length).toBeGreaterThan(0);
    expect(written.some((bytes) => bytes.includes(secret))).toBe(false);
  });

  test('pausing survives a restart', async () => {
    const home = temporaryFolder();
    const vault = createFakeVault();
    const first = await startControl({ home, vault });
    await first.control.perform('gateway.pause', { paused: true }, cli);
    expect(first.gateways.current.snapshot?.paused).toBe(true);
    await first.control.close(0);
    const second = await startControl({ home, vault });
    expect(second.gateways.current.snapshot?.paused).toBe(true);
    expect((await second.control.perform('status.read', {}, cli)).gateway.state).toBe('paused');
  });

  test('changing one setting leaves the others, and every decision is in an intact log', async () => {
    const { control } = await startControl();
    await control.perform('settings.update', { theme: 'dark', dailyBudgetMicroUsd: 5 }, cli);
    await control.perform('settings.update', { holdRequestsWhileLocked: false }, cli);
    expect(await control.perform('settings.read', {}, cli)).toMatchObject({
      theme: 'dark',
      dailyBudgetMicroUsd: 5,
      holdRequestsWhileLocked: false,
    });
    const log = await control.perform('audit.list', { limit: 10 }, cli);
    expect(log.map(({ event }) => event)).toContain('setting-changed');
    expect(await control.perform('audit.verify', {}, cli)).toMatchObject({ intact: true });
  });
});

describe('what goes wrong', () => {
  test('a second one with the same home is told so, and the first lives on', async () => {
    const first = await startControl();
    expect(await codeOf(startControl({ home: first.paths.home }))).toBe('already_running');
    expect((await first.control.perform('status.read', {}, cli)).gateway.state).toBe('running');
    expect(existsSync(first.paths.readyFile)).toBe(true);
  });

  test('a socket left over from a crash is replaced', async () => {
    const home = temporaryFolder();
    const first = await startControl({ home });
    await first.control.close(0);
    writeFileSync(first.paths.controlSocket, '');
    const second = await startControl({ home, vault: first.vault });
    expect(second.control.gatewayUrl).toBe('http://127.0.0.1:8377');
  });

  test('a locked vault is waited for, and everything comes up by itself', async () => {
    const home = temporaryFolder();
    const vault = createFakeVault();
    const before = await startControl({ home, vault, changes: { port: null } });
    await before.control.perform('settings.update', { port: 9_123 }, cli);
    await before.control.close(0);
    vault.lock(true);
    const { control, gateways, until } = await startControl({ home, vault, changes: { port: null } });
    const status = await control.perform('status.read', {}, cli);
    expect(status).toMatchObject({
      vault: { state: 'locked' },
      gateway: { state: 'running', url: 'http://127.0.0.1:9123' },
    });
    expect(gateways.current.snapshot).toMatchObject({ grants: [], upstreams: [], jwks: { keys: [] } });
    expect(await codeOf(control.perform('grant.list', {}, cli))).toBe('vault_locked');
    expect((await control.perform('doctor.run', {}, cli)).find(({ id }) => id === 'vault')?.state).toBe('failed');
    vault.lock(false);
    await until('status', async () => (await control.perform('status.read', {}, cli)).vault.state === 'ready');
    expect(await control.perform('grant.list', {}, cli)).toEqual([]);
    expect(gateways.current.snapshot?.jwks.keys).toHaveLength(1);
  });

  test('a vault that forgot the database key is never given a new one', async () => {
    const home = temporaryFolder();
    const first = await startControl({ home });
    await first.control.close(0);
    expect(await codeOf(startControl({ home, vault: createFakeVault() }))).toBe('vault_item_missing');
  });

  test('a taken port: the app waits for it, headless ends', async () => {
    const app = await startControl({ gateway: { isPortTaken: () => true } });
    const status = await app.control.perform('status.read', {}, cli);
    expect(status.gateway).toMatchObject({ state: 'failed', url: null, message: 'Port 8377 is taken.' });
    expect(existsSync(app.paths.readyFile)).toBe(false);
    const headless = startControl({ gateway: { isPortTaken: () => true }, changes: { mode: 'headless' } });
    expect(await codeOf(headless)).toBe('port_in_use');
  });

  test('a gateway that dies loses no row, and what was used stays used', async () => {
    const running = await startControl();
    const { grantId } = await grantedToken(running, { uses: 5, budgetMicroUsd: 1_000 });
    const { requestId: _requestId, status: _status, ...facts } = usageRecord({ grantId });
    running.gateways.current.report({
      opened: [{ ...facts, requestId: 'r1', outputTokens: 0, costMicroUsd: null }],
      progress: [{ requestId: 'r1', inputTokens: 3, outputTokens: 8, costMicroUsd: 250 }],
    });
    expect(await running.control.perform('usage.running', {}, cli)).toHaveLength(1);
    running.gateways.current.die();
    await running.until('status', () => running.control.gatewayUrl !== null && running.gateways.started.length === 2);
    expect(running.gateways.current.port).toBe(8_377);
    expect(running.gateways.current.snapshot?.grants).toMatchObject([
      { grantId, usesLeft: 4, budgetLeftMicroUsd: 750 },
    ]);
    const { records } = await running.control.perform('usage.list', { filter: {}, offset: 0, limit: 10 }, cli);
    expect(records).toMatchObject([
      { requestId: 'r1', errorCode: 'gateway_exited', outputTokens: 8, costMicroUsd: 250 },
    ]);
    const log = await running.control.perform('audit.list', { limit: 20 }, cli);
    expect(log.map(({ event }) => event)).toContain('gateway-exited');
  });

  test('a clock that is set back is written down, and no grant lives longer', async () => {
    const running = await startControl();
    await grantedToken(running, { ttlSeconds: 60 });
    running.clock.setWall(running.clock.now() - 86_400_000);
    running.clock.advance(61_000);
    await running.until('grants', async () => (await running.control.perform('grant.list', {}, cli)).length === 0);
    const log = await running.control.perform('audit.list', { limit: 20 }, cli);
    expect(log.map(({ event }) => event)).toContain('clock-changed');
  });

  test('locking the screen ends what was allowed until then, and holds requests back', async () => {
    const running = await startControl();
    const { control } = running;
    const { id } = await control.perform('request.create', demandOf(), cli);
    const { grantId } = await control.perform('request.approve', { id, approval: { untilLock: true } }, cli);
    control.away('locked', true);
    expect(await control.perform('grant.list', {}, cli)).toEqual([]);
    expect(await control.perform('grant.list', { includeEnded: true }, cli)).toMatchObject([
      { id: grantId, endedBy: 'lock' },
    ]);
    expect((await control.perform('status.read', {}, cli)).screenLocked).toBe(true);
  });

  test('what ends at the lock or with its run does not outlive a time in which nobody watched', async () => {
    const [home, vault] = [temporaryFolder(), createFakeVault()];
    const before = await startControl({ home, vault });
    const allow = async (tool: string, approval: Approval, also: Partial<AccessDemand> = {}): Promise<string> => {
      const { id } = await before.control.perform('request.create', demandOf({ tool, ...also }), cli);
      return (await before.control.perform('request.approve', { id, approval }, cli)).grantId;
    };
    const untilLock = await allow('one', { untilLock: true });
    const withRun = await allow('two', {}, { endsWhen: { run: true } });
    const lasting = await allow('three', {});
    await before.control.close(0);
    const { control } = await startControl({ home, vault });
    const grants = await control.perform('grant.list', { includeEnded: true }, cli);
    const ends = new Map(grants.map(({ id, endedBy }) => [id, endedBy]));
    expect([untilLock, withRun, lasting].map((id) => ends.get(id))).toEqual(['lock', 'run-exited', null]);
  });

  test('the memory vault leaves nothing behind', async () => {
    const { control, paths } = await startControl({ vault: createFakeVault('memory') });
    expect(readdirSync(paths.run).some((name) => name.startsWith('memory-'))).toBe(true);
    await control.close(0);
    expect(readdirSync(paths.run)).toEqual([]);
    expect(readdirSync(join(paths.home, 'data'))).toEqual([]);
  });
});
